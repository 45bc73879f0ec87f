"""Package managers' command lines: what they are asked to do, and which options take a value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.workflows.shell.options import Options, options_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from imprint.workflows.shell.model import Program


def verb_of(program: Program) -> tuple[str | None, Options]:
    """Return what a package manager is asked to do, and its options; the verb is `rest[0]`."""
    options = options_of(program.arguments, VALUED.get(program.name or "", frozenset()))
    return (options.rest[0].value if options.rest else None), options


_NPM_VALUED = frozenset({
    "tag", "access", "registry", "workspace", "w", "prefix", "C", "otp", "userconfig",
    "globalconfig", "loglevel", "cache", "scope", "provenance-file", "omit", "include",
    "auth-type", "script-shell", "fetch-retries", "fetch-timeout", "install-strategy", "message",
    "m", "preid", "before", "node-options", "package", "p", "call", "c", "pack-destination",
    "save-prefix", "fetch-retry-mintimeout", "fetch-retry-maxtimeout", "maxsockets", "depth",
    "location", "L", "cpu", "os", "libc", "editor", "user-agent", "publishConfig",
})  # fmt: skip
_PNPM_VALUED = _NPM_VALUED | {
    "filter", "F", "filter-prod", "dir", "publish-branch", "reporter", "workspace-concurrency",
    "store-dir", "resume-from", "changed-files-ignore-pattern", "test-pattern", "embed-readme",
}  # fmt: skip
_YARN_VALUED = frozenset({
    "cwd", "tag", "access", "otp", "registry", "new-version", "message", "use-yarnrc", "mutex",
    "cache-folder", "modules-folder", "network-timeout", "network-concurrency", "loglevel",
})  # fmt: skip
_BUN_VALUED = frozenset({
    "cwd", "filter", "F", "tag", "access", "otp", "registry", "auth-type", "config", "c",
})  # fmt: skip
VALUED: Mapping[str, AbstractSet[str]] = {
    "npm": _NPM_VALUED,
    "cnpm": _NPM_VALUED,
    "vlt": _NPM_VALUED,
    "pnpm": _PNPM_VALUED,
    "pn": _PNPM_VALUED,
    "vp": _PNPM_VALUED,
    "yarn": _YARN_VALUED,
    "yarnpkg": _YARN_VALUED,
    "bun": _BUN_VALUED,
    "make": frozenset({"C", "f", "j", "o", "W", "directory", "file", "jobs"}),
    "turbo": frozenset({"filter", "F", "cwd", "concurrency", "team", "token", "cache-dir"}),
}
"""Options that take the next word as value, by program."""
