"""npm's bulk advisories: what `npm audit` asks a registry, and what it answers (facts: wire).

`{"name": ["1.0.0", …]}` is answered by `{"name": [{id, url, title, severity, vulnerable_versions,
cwe, cvss}, …]}`. Not here: asking (`upstream/`).
"""

from __future__ import annotations

import gzip
import re
from typing import TYPE_CHECKING, TypeVar

import msgspec

from imprint.npm.advisories.flaws import version_of
from imprint.npm.advisories.merging import merged
from imprint.npm.advisories.model import Advisory, AdvisorySeverity
from imprint.npm.advisories.vectors import severity_of_vector, severity_of_word
from imprint.npm.ranges import VersionRange
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_T = TypeVar("_T")

CODE = "malformed-advisories"
MAX_ANSWER_BYTES = 32 * 1024 * 1024
MAX_TITLE_CHARACTERS = 500
NAMES_OF_A_BATCH = 1_000
MAX_ENTRIES = 5_000
"""Of one package: nothing has a tenth of it, and all are told."""
_LEVEL = 6
_GHSA = re.compile(r"GHSA(?:-[23456789cfghjmpqrvwx]{4}){3}")
_EMBEDDED_MALICIOUS_CODE = "CWE-506"


class BulkAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a registry said of the versions that it was asked about."""

    advisories: Mapping[tuple[str, str], tuple[Advisory, ...]]
    """By name and version: every one that could be judged, with nothing where nothing is known."""
    unclear: Mapping[tuple[str, str], str]
    """Those of which an entry cannot be read, and why: of some of them others are known."""


class _Score(msgspec.Struct, frozen=True):
    vectorString: str | None = None  # noqa: N815  (npm's name)


class _Entry(msgspec.Struct, frozen=True):
    id: int | str
    vulnerable_versions: str
    url: str | None = None
    title: str | None = None
    severity: str | None = None
    cwe: msgspec.Raw = msgspec.Raw(b"null")
    cvss: msgspec.Raw = msgspec.Raw(b"null")


_ANSWER = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ENTRIES = msgspec.json.Decoder(list[msgspec.Raw])
_ENTRY = msgspec.json.Decoder(_Entry)
_TEXTS = msgspec.json.Decoder(list[str])
_SCORE = msgspec.json.Decoder(_Score)
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def batches(wanted: Mapping[str, Sequence[str]]) -> Iterator[dict[str, list[str]]]:
    """Yield what is asked in one request each, names and versions sorted."""
    names = sorted(wanted)
    for start in range(0, len(names), NAMES_OF_A_BATCH):
        chosen = names[start : start + NAMES_OF_A_BATCH]
        yield {name: sorted(set(wanted[name])) for name in chosen}


def request_body(batch: Mapping[str, Sequence[str]]) -> bytes:
    """Return the body of the request, compressed by gzip as npm sends it."""
    return gzip.compress(msgspec.json.encode(batch), compresslevel=_LEVEL, mtime=0)


def read_answer(raw: bytes, *, wanted: Mapping[str, Sequence[str]]) -> BulkAnswer:
    """Return what the answer to `wanted` says.

    An entry that cannot be read leaves all versions unclear: what it says may be worse than what
    others do. Names that were not asked about are passed over. Raises Malformed
    (`malformed-advisories`) for what is no answer at all.
    """
    if len(raw) > MAX_ANSWER_BYTES:
        raise Malformed(CODE, f"the advisories have {len(raw)} bytes: at most {MAX_ANSWER_BYTES}")
    try:
        answer = _ANSWER.decode(raw)
    except _UNREADABLE as err:
        raise Malformed(CODE, f"the advisories are no answer: {quoted(str(err))}") from err
    advisories: dict[tuple[str, str], tuple[Advisory, ...]] = {}
    unclear: dict[tuple[str, str], str] = {}
    for name, versions in wanted.items():
        judged, faults = _read_entries(answer.get(name))
        for version in versions:
            key = (name, version)
            found, fault = _affecting(judged, version)
            fault = fault or next(iter(faults), None)
            if found or fault is None:
                advisories[key] = merged(found)
            if fault is not None:
                unclear[key] = fault
    return BulkAnswer(advisories=advisories, unclear=unclear)


def _read_entries(
    raw: msgspec.Raw | None,
) -> tuple[list[tuple[VersionRange, Advisory]], list[str]]:
    """Return the entries of a package, and what is wrong with those that cannot be read."""
    if raw is None:
        return [], []
    try:
        entries = _ENTRIES.decode(raw)
    except _UNREADABLE:
        return [], ["the registry's advisories of it are no list"]
    judged: list[tuple[VersionRange, Advisory]] = []
    faults: list[str] = []
    if len(entries) > MAX_ENTRIES:
        faults.append(f"the registry has more than {MAX_ENTRIES} advisories of it")
    for each in entries[:MAX_ENTRIES]:
        try:
            entry = _ENTRY.decode(each)
            affected = VersionRange.parse(entry.vulnerable_versions, include_prerelease=True)
        except Malformed as err:
            faults.append(f"an advisory of the registry cannot be read: {err.message}")
        except _UNREADABLE:
            faults.append("an advisory of the registry cannot be read: it is of another form")
        else:
            judged.append((affected, _advisory(entry, affected)))
    return judged, faults


def _affecting(
    judged: list[tuple[VersionRange, Advisory]], version: str
) -> tuple[list[Advisory], str | None]:
    try:
        wanted = version_of(version)
    except Malformed:
        if not judged:
            return [], None
        return [], f"{quoted(version)} is no version that a range could be asked about"
    return [one for affected, one in judged if affected.admits(wanted)], None


def _advisory(entry: _Entry, affected: VersionRange) -> Advisory:
    number = str(entry.id)
    ghsa = _GHSA.search(entry.url or "")
    is_malware = _EMBEDDED_MALICIOUS_CODE in (_lenient(_TEXTS, entry.cwe) or ())
    severity = severity_of_word(entry.severity)
    score = _lenient(_SCORE, entry.cvss)
    if severity is AdvisorySeverity.UNKNOWN and score is not None and score.vectorString:
        severity = severity_of_vector(score.vectorString)
    return Advisory(
        id=ghsa[0] if ghsa else number,
        aliases=(number,) if ghsa else (),
        severity=severity,
        title=(entry.title or number)[:MAX_TITLE_CHARACTERS],
        url=entry.url if (entry.url or "").startswith("https://") else None,
        affected=entry.vulnerable_versions,
        fixed=_first_outside(affected),
        is_malware=is_malware,
        source="registry",
    )


def _first_outside(affected: VersionRange) -> tuple[str, ...]:
    """Return the versions that the range names as the first it no longer holds."""
    ends = (
        bound.version
        for bounds in affected.alternatives
        for bound in bounds
        if bound.operator == "<" and bound.version.prerelease != (0,)
    )
    return tuple(dict.fromkeys(map(str, ends)))


def _lenient(decoder: msgspec.json.Decoder[_T], raw: msgspec.Raw) -> _T | None:
    try:
        return decoder.decode(raw)
    except _UNREADABLE:
        return None
