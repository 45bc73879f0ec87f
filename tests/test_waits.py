"""No test waits without an end: a program, a server or a thread that hangs fails by a name."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent
NO_TESTS = {"clients", "data", "__pycache__"}
RUNNING = {"run", "call", "check_call", "check_output"}
"""Of subprocess."""
WITHOUT_END = {"join", "wait", "communicate"}
"""Of threads, events and processes: called with nothing at all."""


def files() -> list[Path]:
    found = TESTS.rglob("*.py")
    return sorted(one for one in found if not NO_TESTS & set(one.relative_to(TESTS).parts))


def endless(tree: ast.AST) -> Iterator[str]:
    """Yield the calls that may wait without end, with their lines."""
    awaited = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Await)}
    events = set(events_of_loops(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and id(node) not in awaited and waits(node):
            called = ast.unparse(node.func)
            if called.removesuffix(".wait") not in events:
                yield f"{node.lineno}: {called}"


def events_of_loops(tree: ast.AST) -> Iterator[str]:
    """Yield names of events of an event loop: a call of their `wait` waits for nothing yet."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            targets, values = parts(node.targets[0]), parts(node.value)
            for target, value in zip(targets, values, strict=False):
                if ast.unparse(value) == "asyncio.Event()":
                    yield ast.unparse(target)


def parts(node: ast.expr) -> list[ast.expr]:
    return node.elts if isinstance(node, ast.Tuple) else [node]


def waits(call: ast.Call) -> bool:
    named = {keyword.arg for keyword in call.keywords}
    if "timeout" in named or None in named:
        return False
    match call.func:
        case ast.Attribute(value=ast.Name(id="subprocess"), attr=attr):
            return attr in RUNNING
        case ast.Attribute(attr="urlopen") | ast.Name(id="urlopen"):
            return True
        case ast.Attribute(attr="create_connection"):
            return len(call.args) == 1
        case ast.Attribute(attr=attr):
            return attr in WITHOUT_END and not call.args
        case _:
            return False


@pytest.mark.parametrize("path", files(), ids=lambda path: path.relative_to(TESTS).as_posix())
def test_every_wait_has_an_end(path):
    found = list(endless(ast.parse(path.read_text(encoding="utf-8"))))

    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "subprocess.run(['npm'], check=True)",
        "urllib.request.urlopen(url)",
        "socket.create_connection(('127.0.0.1', 1))",
        "thread.join()",
        "process.communicate()",
        "with urlopen(url) as answer: pass",
    ],
)
def test_a_wait_without_an_end_is_found(text):
    assert len(list(endless(ast.parse(text)))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "subprocess.run(['npm'], check=True, timeout=60)",
        "urlopen(url, timeout=10)",
        "socket.create_connection(('127.0.0.1', 1), 10)",
        "', '.join(words)",
        "thread.join(10)",
        "async def told():\n    await event.wait()",
        "never, other = asyncio.Event(), 1\nasking = ask(lambda: never.wait())",
    ],
)
def test_what_ends_by_itself_is_not(text):
    assert list(endless(ast.parse(text))) == []
