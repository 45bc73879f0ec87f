"""What a specifier names: a package, a module of Node's own, a file beside, or an address."""

from __future__ import annotations

import re

import msgspec

BUILTINS = frozenset(
    [
        "assert",
        "async_hooks",
        "buffer",
        "child_process",
        "cluster",
        "console",
        "constants",
        "crypto",
        "dgram",
        "diagnostics_channel",
        "dns",
        "domain",
        "events",
        "fs",
        "http",
        "http2",
        "https",
        "inspector",
        "module",
        "net",
        "os",
        "path",
        "perf_hooks",
        "process",
        "punycode",
        "querystring",
        "readline",
        "repl",
        "stream",
        "string_decoder",
        "sys",
        "timers",
        "tls",
        "trace_events",
        "tty",
        "url",
        "util",
        "v8",
        "vm",
        "wasi",
        "worker_threads",
        "zlib",
    ]
)
"""Modules that are Node's own by a bare name; all others of its own need `node:`."""

_NAME = re.compile(r"(?P<name>(?:@[^/\\%@\s]+/)?[^/\\%@.\s][^/\\%\s]*)(?P<rest>/.*)?", re.DOTALL)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


class PackageSpecifier(msgspec.Struct, frozen=True, kw_only=True):
    """`@scope/name/sub/path`, taken apart."""

    name: str
    """As the importer's package.json has it: an alias where it is one."""
    subpath: str
    """`.` or `./sub/path`."""


def package_of(specifier: str) -> PackageSpecifier | None:
    """Return what a bare specifier names; None for a path, an address and `#…`.

    A name of Node's own is one too, as a package may have it (`punycode/`, `events`): ask
    `is_builtin` first.
    """
    if _SCHEME.match(specifier) or specifier.startswith((".", "/", "#")):
        return None
    found = _NAME.fullmatch(specifier)
    if found is None:
        return None
    return PackageSpecifier(name=found["name"], subpath=f".{found['rest'] or ''}")


def is_builtin(specifier: str) -> bool:
    """Whether Node answers it itself: `fs`, `fs/promises`, `node:test`."""
    if specifier.startswith("node:"):
        return True
    return specifier.partition("/")[0] in BUILTINS and not specifier.endswith("/")
