"""Package managers' runners with one binary: `npx`, `npm exec`, `pnpm dlx`, `yarn exec`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from imprint.workflows.shell.options import leading_options, options_of
from imprint.workflows.shell.wrapping import CALLS, in_folder, named_program, renamed, wrapped

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from imprint.workflows.shell.model import Program

_NPX_VALUED = {"p", "package", "w", "workspace", "registry", "userconfig", "prefix", "C", "cache"}


def _npx(program: Program) -> Program | None:
    words = program.arguments
    if any(word.value in CALLS for word in words[: leading_options(words, _NPX_VALUED)]):
        return None
    return wrapped(program, program.name or "npx", words[leading_options(words, _NPX_VALUED) :])


def _npm(program: Program) -> Program | None:
    """`npm exec -- cmd`, `npm x cmd`; `-c "…"` is a script."""
    words = program.arguments
    start = leading_options(words, _NPX_VALUED)
    if start >= len(words) or words[start].value not in {"exec", "x"}:
        return None
    rest = words[start + 1 :]
    if any(word.value in CALLS for word in rest[: leading_options(rest, _NPX_VALUED)]):
        return None
    behind = rest[leading_options(rest, _NPX_VALUED) :]
    inner = wrapped(program, "npm exec", behind)
    options = options_of(words[: len(words) - len(behind)], _NPX_VALUED)
    return inner and replace(
        in_folder(inner, options.text("prefix", "C")),
        workspaces=options.texts("w", "workspace"),
        is_recursive=bool(options.flag("ws", "workspaces")),
    )


_PNPM_VALUED = {
    "filter",
    "F",
    "C",
    "dir",
    "reporter",
    "loglevel",
    "workspace-concurrency",
    "package",
    "registry",
    "filter-prod",
}


def _pnpm(program: Program) -> Program | None:
    words = program.arguments
    start = leading_options(words, _PNPM_VALUED)
    if start >= len(words) or words[start].value not in {"exec", "dlx", "with"}:
        return None
    rest = words[start + 1 :]
    if words[start].value == "with":
        # `pnpm with next publish`: another pnpm, the rest is its own.
        return wrapped(program, "pnpm with", [renamed(words[start], "pnpm"), *rest[1:]])
    inner = wrapped(
        program, f"pnpm {words[start].value}", rest[leading_options(rest, _PNPM_VALUED) :]
    )
    options = options_of(words[:start], _PNPM_VALUED)
    return inner and replace(
        in_folder(inner, options.text("dir", "C")),
        workspaces=options.texts("filter", "F", "filter-prod"),
        is_recursive=bool(options.flag("recursive", "r")),
    )


_FOREACH_VALUED = {"include", "exclude", "from", "since", "j", "jobs", "output"}


def _yarn(program: Program) -> Program | None:
    """`yarn dlx`, `yarn exec`, and `yarn workspace NAME …`, `yarn workspaces foreach …`."""
    words = program.arguments
    start = leading_options(words, {"cwd"})
    folder = options_of(words[:start], {"cwd"}).text("cwd")
    rest = words[start:]
    if not rest:
        return None
    match rest[0].value:
        case "exec" | "dlx":
            behind = rest[1:]
            inner = wrapped(
                program,
                f"yarn {rest[0].value}",
                behind[leading_options(behind, {"p", "package"}) :],
            )
        case "workspaces" if len(rest) > 1 and rest[1].value == "foreach":
            behind = rest[2:]
            behind = behind[leading_options(behind, _FOREACH_VALUED) :]
            inner = wrapped(program, "yarn workspaces foreach", [renamed(rest[0], "yarn"), *behind])
            inner = inner and replace(inner, is_recursive=True)
        case "workspace" if len(rest) > 2:  # noqa: PLR2004 (its name, and what to do)
            inner = wrapped(
                program,
                f"yarn workspace {rest[1].shown}",
                [renamed(rest[0], "yarn"), *rest[2:]],
            )
            inner = inner and replace(inner, workspaces=(rest[1],))
        case _:
            return None
    return inner and in_folder(inner, folder)


def _bun(program: Program) -> Program | None:
    words = program.arguments
    start = leading_options(words, {"cwd", "filter", "F"})
    if start >= len(words) or words[start].value != "x":
        return None
    rest = words[start + 1 :]
    return wrapped(program, "bun x", rest[leading_options(rest, {"p", "package"}) :])


def _corepack(program: Program) -> Program | None:
    words = program.arguments
    first = named_program(words[0].value or "")[0] if words else None
    return wrapped(program, "corepack", words) if first in {"npm", "pnpm", "yarn", "npx"} else None


RUNNERS: Mapping[str, Callable[[Program], Program | None]] = {
    "npx": _npx,
    "pnpx": _npx,
    "bunx": _npx,
    "npm": _npm,
    "pnpm": _pnpm,
    "pn": _pnpm,
    "vp": _pnpm,
    "yarn": _yarn,
    "yarnpkg": _yarn,
    "bun": _bun,
    "corepack": _corepack,
}
"""How each of them is taken off; None where it does something else."""
