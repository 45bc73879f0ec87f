"""The policies that a policy extends: had by their digest, from a path, git or https.

What comes is compared with its digest before anything reads it, and kept by that digest, so that
nothing is fetched twice.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from imprint.policy.layers import MOST_LAYERS, tighten
from imprint.policy.read import MOST_CHARACTERS, read_policy
from imprint.refusals import Malformed, Unavailable, quoted
from imprint.storage.whole_files import write_whole
from imprint.upstream.revisions import open_revision

if TYPE_CHECKING:
    from collections.abc import Callable

    from imprint.policy.model import Extends, Policy
    from imprint.upstream.revision_files import RevisionFiles

MOST_BYTES = 4 * MOST_CHARACTERS
_GIT = re.compile(r"git:(?P<revision>[^:\s-][^:\s]*):(?P<path>[^:]+)")


class Layering(msgspec.Struct, kw_only=True):
    """One reading of a policy with all that it extends."""

    cache: Path | None
    """A folder for what was fetched; None: nothing is kept."""
    fetch: Callable[[str], bytes] | None
    """None: offline."""
    at: RevisionFiles | None = None
    """Where paths are read from; None: the disk."""
    seen: int = 0
    kept: list[str] = msgspec.field(default_factory=list)
    """The addresses of the layers, the highest first."""

    def whole(self, policy: Policy, folder: Path | None) -> Policy:
        """Return `policy` over everything that it extends.

        `folder` is where it lies; None: it was fetched, and extends no paths. Raises Malformed
        (`policy-digest`, `policy-extends`, `policy-loosens`, and what `read_policy` raises) and
        Unavailable (`policy-unavailable`).
        """
        above: Policy | None = None
        for one in policy.extends:
            self.seen += 1
            if self.seen > MOST_LAYERS:
                raise Malformed(
                    "policy-extends", f"{one.where}: more than {MOST_LAYERS} policies in all"
                )
            raw, its_folder = self._had(one, folder)
            text = _text(raw, one)
            parent = self.whole(read_policy(text, origin=one.address), its_folder)
            self.kept.append(one.address)
            above = parent if above is None else tighten(above, parent)
        return policy if above is None else tighten(above, policy)

    def _had(self, one: Extends, folder: Path | None) -> tuple[bytes, Path | None]:
        """Return the bytes that have the digest, and the folder they lie in."""
        if one.address.startswith("https://"):
            return self._fetched(one), None
        if folder is None:
            raise Malformed(
                "policy-extends",
                f"{one.where}: {quoted(one.address)} is a path, and the policy lies nowhere",
                hint="a fetched policy extends `https://` addresses alone",
            )
        found = _GIT.fullmatch(one.address)
        if found is not None:
            return _checked(
                _of_revision(folder, found["revision"], found["path"], one), one
            ), folder
        if ":" in one.address.partition("/")[0]:
            raise Malformed(
                "policy-extends",
                f"{one.where}: {quoted(one.address)} is neither a path, `https://…` nor"
                " `git:REVISION:PATH`",
            )
        path = folder / one.address
        return _checked(self._of_path(path, one), one), path.parent

    def _of_path(self, path: Path, one: Extends) -> bytes:
        """Return what lies there: what no revision has is on the disk, and the digest decides."""
        if self.at is not None:
            place = Path(os.path.normpath(path))
            found = None
            if self.at.covers(place):
                found = self.at.read(place, most_bytes=MOST_BYTES)
            if found is not None:
                return found
        try:
            with path.open("rb") as file:
                return file.read(MOST_BYTES + 1)
        except (OSError, ValueError) as err:
            raise _unavailable(one, "the file cannot be read") from err

    def _fetched(self, one: Extends) -> bytes:
        kept = None if self.cache is None else self.cache / one.sha256
        if kept is not None and kept.is_file():
            raw = kept.read_bytes()
            # A folder of caches is anybody's: the digest decides, as it does for the network.
            if hashlib.sha256(raw).hexdigest() == one.sha256:
                return raw
        if self.fetch is None:
            raise _unavailable(one, "nothing is fetched offline")
        raw = _checked(self.fetch(one.address), one)
        if kept is not None:
            try:
                kept.parent.mkdir(parents=True, exist_ok=True)
                write_whole(kept, raw)
            except OSError:
                return raw  # nothing is lost but the next fetch
        return raw


def _checked(raw: bytes, one: Extends) -> bytes:
    digest = hashlib.sha256(raw).hexdigest()
    if digest != one.sha256:
        raise Malformed(
            "policy-digest",
            f"{one.where}: policy {quoted(one.address)} has digest `sha256:{digest}`, expected"
            f" `sha256:{one.sha256}`",
            hint="read what changed, then write the new digest",
        )
    return raw


def _text(raw: bytes, one: Extends) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as err:
        raise Malformed("malformed-policy", f"{one.address}: no UTF-8") from err


def _of_revision(folder: Path, revision: str, path: str, one: Extends) -> bytes:
    """Return a file of another revision, by its path below `folder`."""
    try:
        files = open_revision(folder, revision)
        if files.sizes.get(path, 0) > MOST_BYTES:
            raise _unavailable(one, f"it is larger than {MOST_BYTES} bytes")
        return files.read(path)
    except KeyError as err:
        raise _unavailable(one, f"revision {quoted(revision)} has no such file") from err
    except Malformed as err:
        raise _unavailable(one, err.message) from err


def _unavailable(one: Extends, why: str) -> Unavailable:
    return Unavailable(
        "policy-unavailable",
        f"{one.where}: policy {quoted(one.address)} cannot be had: {why}",
        hint="without what it extends, a policy decides nothing",
    )
