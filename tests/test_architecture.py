"""What import-linter cannot say: who may make the types that prove something."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parent.parent / "src" / "imprint"

MAKERS = {
    "TokenProof": "tokens/verify.py",
    "CertificateProof": "attestations/verify.py",
    "KeyProof": "attestations/verify.py",
}
"""Nothing that was imagined, claimed or merely recorded may become one of these."""


def modules() -> list[tuple[str, ast.Module]]:
    paths = sorted(SOURCE.rglob("*.py"))
    return [(path.relative_to(SOURCE).as_posix(), ast.parse(path.read_bytes())) for path in paths]


def is_use_of(node: ast.expr, name: str) -> bool:
    match node:
        case ast.Name(id=found) | ast.Attribute(attr=found):
            return found == name
        case _:
            return False


def makers_of(name: str) -> set[str]:
    return {
        path
        for path, module in modules()
        for node in ast.walk(module)
        if isinstance(node, ast.Call) and is_use_of(node.func, name)
    }


def disguises_of(name: str) -> set[str]:
    """Modules that give the type another name, or derive from it, and could then call that."""
    found = set()
    for path, module in modules():
        for node in ast.walk(module):
            match node:
                case ast.alias(name=imported, asname=str()) if imported == name:
                    found.add(path)
                case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
                    found |= {path} if is_use_of(value, name) else set()
                case ast.ClassDef(bases=bases):
                    found |= {path} if any(is_use_of(base, name) for base in bases) else set()
                case _:
                    pass
    return found


@pytest.mark.parametrize("name", MAKERS)
def test_only_its_own_room_makes_a_proof(name):
    assert makers_of(name) <= {MAKERS[name]}
    assert disguises_of(name) == set()


def test_the_search_for_makers_finds_the_one_there_is():
    assert makers_of("TokenProof") == {"tokens/verify.py"}
