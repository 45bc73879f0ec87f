"""Package managers asked to publish: npm, pnpm, Yarn, bun, deno.

Sources: their own references; facts/workflows.md §2.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.workflows.publishing.command_lines import verb_of
from imprint.workflows.publishing.model import Client
from imprint.workflows.publishing.publications import JSR, Publication, Tools, is_dry, made

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from imprint.workflows.shell.model import Program


def _npm(program: Program, tools: Tools) -> Publication | None:
    del tools
    verb, options = verb_of(program)
    stages = verb == "stage"
    rest = options.rest[1:]
    if stages:
        verb, rest = (rest[0].value if rest else None), rest[1:]
    if verb is None or not is_publish(verb, shortest=2) or is_dry(options):
        return None
    return made(
        program,
        Client.NPM,
        options,
        stages=stages,
        targets=rest,
        workspaces=options.texts("workspace", "w"),
        is_recursive=bool(options.flag("workspaces", "ws")),
    )


def _pnpm(program: Program, tools: Tools) -> Publication | None:
    del tools
    verb, options = verb_of(program)
    rest = options.rest[1:]
    is_recursive = bool(options.flag("recursive", "r"))
    if verb in {"recursive", "multi", "m"}:
        verb, rest, is_recursive = (rest[0].value if rest else None), rest[1:], True
    stages = verb == "stage"
    if stages:
        verb, rest = (rest[0].value if rest else None), rest[1:]
    if verb != "publish" or is_dry(options):
        return None
    return made(
        program,
        Client.PNPM,
        options,
        stages=stages,
        targets=rest,
        workspaces=options.texts("filter", "F", "filter-prod"),
        is_recursive=is_recursive,
    )


def _yarn(program: Program, tools: Tools) -> Publication | None:
    verb, options = verb_of(program)
    rest = options.rest[1:]
    if is_dry(options):
        return None
    if verb == "npm" and rest and rest[0].value in {"publish", "stage"}:
        stages = rest[0].value == "stage"
        if stages and (len(rest) == 1 or rest[1].value != "publish"):
            return None
        return made(program, Client.YARN, options, stages=stages)
    if verb == "publish" and tools.yarn_is_classic:
        return made(program, Client.YARN_CLASSIC, options, targets=rest)
    return None


def _bun(program: Program, tools: Tools) -> Publication | None:
    del tools
    verb, options = verb_of(program)
    if verb != "publish" or is_dry(options):
        return None
    return made(program, Client.BUN, options, targets=options.rest[1:])


def _deno(program: Program, tools: Tools) -> Publication | None:
    del tools
    options = verb_of(program)[1]
    if not options.rest or options.rest[0].value != "publish" or is_dry(options):
        return None
    return Publication(client=Client.DENO, sender=Client.DENO, registry=JSR)


def _unknown_manager(program: Program, tools: Tools) -> Publication | None:
    """`vlt publish` and the like: npm's command line, a sender that nothing is known of."""
    found = _npm(program, tools)
    return found and made(program, Client.UNKNOWN, verb_of(program)[1], targets=found.targets)


def is_publish(verb: str, *, shortest: int) -> bool:
    """Whether npm takes a word for `publish`: it takes any beginning that is no other command's."""
    return len(verb) >= shortest and "publish".startswith(verb)


MANAGERS: Mapping[str, Callable[[Program, Tools], Publication | None]] = {
    "npm": _npm,
    "cnpm": _npm,
    "pnpm": _pnpm,
    "pn": _pnpm,
    "yarn": _yarn,
    "yarnpkg": _yarn,
    "bun": _bun,
    "vlt": _unknown_manager,
    "deno": _deno,
    "jsr": _deno,
}
"""How each of them is read, by the program's name."""
