"""A lockfile's bytes, of any format, → Lockfile. Not here: which file to read (`audit/`)."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING

from imprint.npm.lockfiles.faults import (
    MALFORMED,
    line_at,
    malformed,
    refuse_conflicts,
    unknown_version,
)
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.npm.lockfiles.model import Lockfile

MAX_LOCKFILE_BYTES = 256 * 1024 * 1024
LOCKFILE_NAMES = (
    "npm-shrinkwrap.json",
    "package-lock.json",
    "pnpm-lock.yaml",
    "yarn.lock",
    "bun.lock",
)
"""What is read here. Of the first two npm takes the shrinkwrap."""
_NONE: Mapping[str, bytes] = MappingProxyType({})
_BEFORE_PNPM = ("shrinkwrap.yaml", "shrinkwrap.yml")
_FIRST = 4
"""Bytes in which a text of this kind has no zero."""
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_BERRY = re.compile(r"^__metadata:", re.MULTILINE)
_BUN_BINARY = b"#!/usr/bin/env bun\nbun-lockfile-format-v"


def read_lockfile(
    data: bytes, *, filename: str, manifests: Mapping[str, bytes] = _NONE
) -> Lockfile:
    """Return what a lockfile says, of the format that its base name and its content say.

    `manifests`: package.json files by their path below the lockfile's folder (`package.json`,
    `packages/a/package.json`); yarn 1 names no projects without them. Raises Malformed
    (`malformed-lockfile` with the line, `unknown-lockfile-version`, `unknown-lockfile`,
    `malformed-manifest`).
    """
    if len(data) > MAX_LOCKFILE_BYTES:
        raise Malformed(
            MALFORMED, f"the lockfile has {len(data)} bytes: at most {MAX_LOCKFILE_BYTES} are read"
        )
    data = data.removeprefix(_BYTE_ORDER_MARK)
    if data.startswith(_BUN_BINARY) or filename == "bun.lockb":
        raise unknown_version(
            "bun",
            "bun.lockb (binary)",
            "bun.lock, the text",
            "make the text of it: `bun install --save-text-lockfile --lockfile-only`",
        )
    if filename in _BEFORE_PNPM:
        hint = "write it anew with pnpm 9 or later: `pnpm install --lockfile-only`"
        raise unknown_version("pnpm", f"{filename} (pnpm 1 and 2)", "lockfileVersion 9.x", hint)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data[:_FIRST]:
        raise malformed(1, "is not UTF-8", "save it as UTF-8: a shell may have written UTF-16")
    refuse_conflicts(data)
    if filename.endswith(".json"):
        from imprint.npm.lockfiles.npm import read_npm  # noqa: PLC0415 - one format is wanted

        return read_npm(data, manifests=manifests)
    text = _text(data)
    if filename.endswith(("pnpm-lock.yaml", "pnpm-lock.yml")):
        from imprint.npm.lockfiles.pnpm import read_pnpm  # noqa: PLC0415 - one format is wanted

        return read_pnpm(text)
    if filename.startswith("bun."):
        from imprint.npm.lockfiles.bun import read_bun  # noqa: PLC0415 - one format is wanted

        return read_bun(data)
    if filename.startswith("yarn"):
        return _read_yarn(text, manifests)
    raise Malformed(
        "unknown-lockfile",
        f"{quoted(filename)} is no lockfile: one is called `{'`, `'.join(LOCKFILE_NAMES)}`",
    )


def _read_yarn(text: str, manifests: Mapping[str, bytes]) -> Lockfile:
    if _BERRY.search(text):
        from imprint.npm.lockfiles.yarn_berry import (  # noqa: PLC0415 - one format is wanted
            read_yarn_berry,
        )

        return read_yarn_berry(text, manifests=manifests)
    from imprint.npm.lockfiles.yarn_classic import (  # noqa: PLC0415 - one format is wanted
        read_yarn_classic,
    )

    return read_yarn_classic(text, manifests=manifests)


def _text(data: bytes) -> str:
    try:
        text = data.decode().replace("\r\n", "\n")
    except UnicodeDecodeError as err:
        raise malformed(line_at(data, err.start), "is not UTF-8") from err
    if (at := text.find("\r")) >= 0:
        # Whether it ends a line is another matter to each reader.
        raise malformed(text.count("\n", 0, at) + 1, "has a carriage return within a line")
    return text
