"""`imprint verify --document`: what was stored, judged without asking anybody."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click
import msgspec

from imprint.cli.session import current
from imprint.cli.verify.basis import basis_of, read_public_key
from imprint.cli.verify.judging import warn_of_stale
from imprint.cli.verify.targets import File, Named, exact, parse_target, read
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from pathlib import Path

    from imprint.cli.verify.basis import Given
    from imprint.evidence.stored import StoredSubject
    from imprint.evidence.verdict import Verdict

MOST_DOCUMENT_BYTES = 4 * 1024 * 1024
MOST_ARTIFACT_BYTES = 512 * 1024 * 1024
_SHA512 = re.compile("[0-9a-f]{128}")
_GZIP = b"\x1f\x8b"


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line says."""

    document: Path
    targets: tuple[str, ...]
    sha512: str | None
    key: Path | None


def judge(asked: Asked, *, given: Given, now: float) -> Verdict:
    """Return the verdict; raises Malformed for arguments and files that are none."""
    from imprint.evidence.stored import judge_stored

    subject = _subject(asked)
    raw = _read_document(asked.document)
    basis, stale = basis_of(given, registry=current().registry, fetched=None, now=now)
    verdict = judge_stored(
        raw,
        subject=subject,
        basis=basis,
        public_key=None if asked.key is None else read_public_key(asked.key),
        now=now,
    )
    warn_of_stale(stale, (verdict,))
    return verdict


def _read_document(path: Path) -> bytes:
    # One byte more than is read of a document: the reader itself says that it is too large.
    try:
        with path.open("rb") as file:
            return file.read(MOST_DOCUMENT_BYTES + 1)
    except OSError as err:
        reason = (err.strerror or "").lower()
        raise Malformed(
            "unreadable-file", f"the document {quoted(str(path))} cannot be read: {reason}"
        ) from err


def _subject(asked: Asked) -> StoredSubject:
    from imprint.evidence.stored import StoredSubject

    named, file = _targets(asked.targets)
    digests = None
    if file is not None:
        digests, named = _of_file(file, named)
    if asked.sha512 is not None:
        if not _SHA512.fullmatch(asked.sha512):
            raise Malformed(
                "malformed-sha512", f"`--sha512` is {quoted(asked.sha512)}: it takes 128 hex digits"
            )
        if digests is not None and digests["sha512"].hex() != asked.sha512:
            raise click.UsageError("--sha512 is not the digest of the file")
        digests = digests or {"sha512": bytes.fromhex(asked.sha512)}
    name, version = (None, None) if named is None else (named.name, exact(named)[1])
    return StoredSubject(name=name, version=version, digests=digests)


def _targets(texts: tuple[str, ...]) -> tuple[Named | None, File | None]:
    found = [parse_target(text) for text in texts]
    named = [one for one in found if isinstance(one, Named)]
    files = [one for one in found if isinstance(one, File)]
    if len(named) > 1 or len(files) > 1:
        raise click.UsageError("a document is about one NAME@VERSION, and one file")
    return (named[0] if named else None), (files[0] if files else None)


def _of_file(file: File, named: Named | None) -> tuple[dict[str, bytes], Named | None]:
    """Return the file's digests, and what package it is, where it is one and nobody said."""
    from imprint.evidence.collect import facts_of
    from imprint.evidence.stored import digests_of
    from imprint.npm.names import PackageName
    from imprint.refusals import Refusal

    data = read(file.path, most_bytes=MOST_ARTIFACT_BYTES, what="file")
    if named is None and data.startswith(_GZIP):
        package_json = facts_of(data).package_json
        if package_json is not None and not isinstance(package_json, Refusal):
            name, version = package_json.get("name"), package_json.get("version")
            if isinstance(name, str) and isinstance(version, str):
                named = Named(name=PackageName.parse_existing(name), version=version)
    return dict(digests_of(data)), named
