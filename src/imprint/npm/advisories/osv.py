"""OSV records of the ecosystem npm, read leniently where it does no harm. Not here: archives.

OSV schema 1.7. What a record says of other ecosystems is passed over, a withdrawn record says
nothing, and one that is not of the schema's shape is Malformed as a whole: half an advisory could
say that a version is safe.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec

from imprint.npm.advisories.flaws import Flaw, Span, version_of
from imprint.npm.advisories.model import AdvisorySeverity
from imprint.npm.advisories.vectors import severity_of_vector, severity_of_word
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

_T = TypeVar("_T")

CODE = "malformed-advisory"
MAX_RECORD_BYTES = 8 * 1024 * 1024
MAX_EVENTS = 10_000
MAX_ID_CHARACTERS = 200
MAX_TITLE_CHARACTERS = 500
ECOSYSTEM = "npm"
_MALWARE_PREFIX = "MAL-"
_EMBEDDED_MALICIOUS_CODE = "CWE-506"
_FROM_THE_BEGINNING = "0"
_NO_LIMIT = "*"
_ORDERED = frozenset({"SEMVER", "ECOSYSTEM"})
"""Kinds of range whose events are versions; the events of `GIT` are commits."""


class _Package(msgspec.Struct, frozen=True):
    name: str = ""
    ecosystem: str = ""


class _Range(msgspec.Struct, frozen=True):
    type: str
    events: list[dict[str, str]] = []


class _Affected(msgspec.Struct, frozen=True):
    package: _Package | None = None
    ranges: list[_Range] | None = None
    versions: list[str] | None = None
    severity: msgspec.Raw = msgspec.Raw(b"null")
    database_specific: msgspec.Raw = msgspec.Raw(b"null")


class _Severity(msgspec.Struct, frozen=True):
    score: str = ""


class _Reference(msgspec.Struct, frozen=True):
    url: str = ""
    type: str = ""


class _Record(msgspec.Struct, frozen=True):
    id: str
    affected: list[_Affected] | None = None
    aliases: list[str] | None = None
    withdrawn: str | None = None
    summary: msgspec.Raw = msgspec.Raw(b"null")
    severity: msgspec.Raw = msgspec.Raw(b"null")
    references: msgspec.Raw = msgspec.Raw(b"null")
    database_specific: msgspec.Raw = msgspec.Raw(b"null")


class _Remarks(msgspec.Struct, frozen=True):
    """What GitHub's records have in `database_specific`."""

    severity: str | None = None
    cwe_ids: list[str] | None = None


_RECORD = msgspec.json.Decoder(_Record)
_TEXT = msgspec.json.Decoder(str)
_SEVERITIES = msgspec.json.Decoder(list[_Severity])
_REFERENCES = msgspec.json.Decoder(list[_Reference])
_REMARKS = msgspec.json.Decoder(_Remarks)


def read_record(raw: bytes) -> tuple[tuple[str, Flaw], ...]:
    """Return what an OSV record says of npm packages: names with a flaw each.

    Nothing for a record that was withdrawn or is of other ecosystems. Raises Malformed
    (`malformed-advisory`).
    """
    if len(raw) > MAX_RECORD_BYTES:
        raise Malformed(CODE, f"the advisory has {len(raw)} bytes: at most {MAX_RECORD_BYTES}")
    try:
        record = _RECORD.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as err:
        raise Malformed(CODE, f"the advisory is no record of OSV: {quoted(str(err))}") from err
    if not record.id or len(record.id) > MAX_ID_CHARACTERS:
        raise Malformed(CODE, f"the advisory's id {quoted(record.id)} is none")
    if record.withdrawn is not None:
        return ()
    return tuple(_flaws_of(record))


def _flaws_of(record: _Record) -> list[tuple[str, Flaw]]:
    remarks = _lenient(_REMARKS, record.database_specific) or _Remarks()
    is_malware = record.id.startswith(_MALWARE_PREFIX) or _EMBEDDED_MALICIOUS_CODE in (
        remarks.cwe_ids or ()
    )
    found: list[tuple[str, Flaw]] = []
    for entry in record.affected or ():
        if entry.package is None or not entry.package.name or not _is_npm(entry.package):
            continue
        flaw = Flaw(
            id=record.id,
            aliases=tuple(dict.fromkeys(record.aliases or ())),
            severity=_severity(record, entry, remarks, is_malware=is_malware),
            title=(_lenient(_TEXT, record.summary) or record.id)[:MAX_TITLE_CHARACTERS],
            url=_address(record),
            is_malware=is_malware,
            spans=_spans(entry, is_malware=is_malware),
            versions=tuple(dict.fromkeys(entry.versions or ())),
        )
        found.append((entry.package.name, flaw))
    return found


def _is_npm(package: _Package) -> bool:
    return package.ecosystem.partition(":")[0] == ECOSYSTEM


def _spans(entry: _Affected, *, is_malware: bool) -> tuple[Span, ...]:
    ordered = [one for one in entry.ranges or () if one.type in _ORDERED]
    if sum(len(one.events) for one in ordered) > MAX_EVENTS:
        raise Malformed(CODE, f"the advisory has more than {MAX_EVENTS} events")
    spans = tuple(dict.fromkeys(span for one in ordered for span in spans_of(one.events)))
    if is_malware and not spans and not entry.versions:
        return (Span(),)  # Nothing else of such a package can be meant.
    return spans


def spans_of(events: Sequence[dict[str, str]]) -> tuple[Span, ...]:
    """Return the spans that a range's events stand for; raises Malformed (`malformed-advisory`).

    OSV's evaluation goes through the events in the order of their versions: `introduced` begins,
    `fixed` and a version beyond `last_affected` end. Events of one version keep their order.
    """
    points: list[tuple[tuple[object, ...], str, str]] = []
    limits: list[str] = []
    for event in events:
        for kind, text in event.items():
            if kind == "limit":
                limits.append(text)
            elif kind in {"introduced", "fixed", "last_affected"}:
                points.append((_order(text), kind, text))
    points.sort(key=lambda point: point[0])
    spans: list[Span] = []
    start: str | None = None
    for _, kind, text in points:
        if kind == "introduced":
            start = text if start is None else start
        elif start is not None:
            spans.append(_span(start, **{kind: text}))
            start = None
    if start is not None:
        spans.append(_span(start))
    return _limited(spans, limits)


def _order(text: str) -> tuple[object, ...]:
    if text == _FROM_THE_BEGINNING:
        return (0,)
    try:
        return (1, version_of(text).precedence)
    except Malformed as err:
        raise Malformed(CODE, f"the advisory's version {quoted(text)} is none") from err


def _span(start: str, *, fixed: str | None = None, last_affected: str | None = None) -> Span:
    return Span(
        None if start == _FROM_THE_BEGINNING else _written(start),
        None if fixed is None else _written(fixed),
        None if last_affected is None else _written(last_affected),
    )


def _written(text: str) -> str:
    return "0.0.0-0" if text == _FROM_THE_BEGINNING else str(version_of(text))


def _limited(spans: list[Span], limits: list[str]) -> tuple[Span, ...]:
    """Return the spans as far as they lie before the last of the limits."""
    if not limits or _NO_LIMIT in limits:
        return tuple(spans)
    last = _written(max(limits, key=_order))
    bound = version_of(last).precedence
    kept: list[Span] = []
    for span in spans:
        if span.introduced is not None and version_of(span.introduced).precedence >= bound:
            continue
        ends = span.fixed or span.last_affected
        goes_on = ends is None or version_of(ends).precedence >= bound
        kept.append(Span(span.introduced, last, None) if goes_on else span)
    return tuple(kept)


def _severity(
    record: _Record, entry: _Affected, remarks: _Remarks, *, is_malware: bool
) -> AdvisorySeverity:
    own = _lenient(_REMARKS, entry.database_specific) or _Remarks()
    for word in (own.severity, remarks.severity):
        said = severity_of_word(word)
        if said is not AdvisorySeverity.UNKNOWN:
            return said
    scores = (_lenient(_SEVERITIES, entry.severity) or []) + (
        _lenient(_SEVERITIES, record.severity) or []
    )
    for one in scores:
        said = severity_of_vector(one.score)
        if said is not AdvisorySeverity.UNKNOWN:
            return said
    return AdvisorySeverity.CRITICAL if is_malware else AdvisorySeverity.UNKNOWN


def _address(record: _Record) -> str | None:
    references = _lenient(_REFERENCES, record.references) or []
    wanted = sorted(references, key=lambda one: one.type != "ADVISORY")
    return next((one.url for one in wanted if one.url.startswith("https://")), None)


def _lenient(decoder: msgspec.json.Decoder[_T], raw: msgspec.Raw) -> _T | None:
    """Return what `raw` says; None for null, and for another form: nothing rests on it."""
    try:
        return decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
