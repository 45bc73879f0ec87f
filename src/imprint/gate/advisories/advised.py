"""Refusals as advisories, in npm's shapes: what every client already asks for and shows. Pure.

npm's answer has names with entries `{id, url, title, severity, vulnerable_versions, cwe, cvss}`:
`id` is an integer (pnpm drops others in silence, and keys by it), and only what was asked for is in
it (yarn crashes) (facts/wire.md §2.11).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from imprint.gate.withholding import codes_of
from imprint.npm.advisories.model import AdvisorySeverity
from imprint.npm.advisories.vectors import severity_of_word
from imprint.policy.codes import BROKEN, RuleCode
from imprint.policy.decisions import Admitted, Refused, Undecided

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from imprint.gate.model import VersionVerdict

T = TypeVar("T")

MAX_TITLE_CHARACTERS: Final = 300
MOST_ENTRIES: Final = 500
"""Of one package, from an upstream."""
_FIRST_ID: Final = 1_500_000_000
_LAST_ID: Final = 2**31 - 1
"""Ours are above all numbers that registries have given, and whole numbers to every client."""
_MALICIOUS: Final = "CWE-506"
_BROKEN: Final = "CWE-347"
_UNTRUSTED: Final = "CWE-1357"
_KNOWN_SEVERITIES: Final = frozenset({"info", "low", "moderate", "high", "critical"})
_GREATEST_ID: Final = 2**53 - 1


class Score(msgspec.Struct, frozen=True):
    """`cvss`."""

    score: float = 0
    vectorString: str | None = None  # noqa: N815  (npm's name)


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One advisory about one package, as clients read it."""

    id: int
    url: str
    title: str
    severity: str
    vulnerable_versions: str
    cwe: tuple[str, ...] = ()
    cvss: Score = Score()


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """An advisory of ours, and the versions that it is of."""

    entry: Entry
    versions: tuple[str, ...]


def advised(
    name: str, verdicts: Iterable[VersionVerdict], *, page: str, beside: str = ""
) -> tuple[Told, ...]:
    """Return what is to be told of the versions of `name` that are not admitted.

    Versions with the same reasons share one advisory, whose id is the same each time. `page` is
    the address, on our own host, where people read more; `beside` is said in each title as well.
    """
    groups: dict[tuple[AdvisorySeverity, tuple[str, ...]], list[VersionVerdict]] = {}
    for verdict in verdicts:
        severity = _severity(verdict)
        if severity is not None:
            groups.setdefault((severity, codes_of(verdict)), []).append(verdict)
    return tuple(
        Told(
            entry=Entry(
                id=_id(name, severity, codes),
                url=page,
                title=_title(group, beside),
                severity=severity.value,
                vulnerable_versions=" || ".join(one.version for one in group),
                cwe=(_cwe(codes),),
            ),
            versions=tuple(one.version for one in group),
        )
        for (severity, codes), group in groups.items()
    )


def _severity(verdict: VersionVerdict) -> AdvisorySeverity | None:
    match verdict.decision:
        case Admitted():
            return None
        case Undecided():
            return AdvisorySeverity.MODERATE
        case Refused():
            codes = frozenset(codes_of(verdict))
    if codes & {str(RuleCode.MALWARE), str(RuleCode.QUARANTINED), *map(str, BROKEN)}:
        return AdvisorySeverity.CRITICAL
    # What time alone releases is held: it is not known to be bad.
    return AdvisorySeverity.HIGH if verdict.until is None else AdvisorySeverity.MODERATE


def _title(group: Sequence[VersionVerdict], beside: str) -> str:
    newest = group[-1]
    match newest.decision:
        case Refused(reasons=reasons):
            word = "held" if newest.until is not None else "refused"
        case Undecided(reasons=reasons):
            word = "could not be decided"
        case Admitted():
            word, reasons = "admitted", ()
    why = reasons[0].message if reasons else newest.sentence
    more = f" (so are {len(group) - 1} others)" if len(group) > 1 else ""
    codes = f" ({', '.join(codes_of(newest))})" if reasons else ""
    whole = f"{word} by policy: {newest.version}: {why}{codes}{more}"
    if not beside:
        return _line(whole)
    return f"{_line(whole, MAX_TITLE_CHARACTERS - len(beside) - 2)}; {beside}"


def _cwe(codes: tuple[str, ...]) -> str:
    if str(RuleCode.MALWARE) in codes:
        return _MALICIOUS
    return _BROKEN if BROKEN & set(codes) else _UNTRUSTED


def _id(name: str, severity: AdvisorySeverity, codes: tuple[str, ...]) -> int:
    parts = "\0".join((name, severity.value, *sorted(codes)))
    return _own_number("imprint refusal", parts)


def _own_number(purpose: str, text: str) -> int:
    digest = hashlib.sha256(f"{purpose}\0{text}".encode("utf-8", "replace")).digest()
    return _FIRST_ID + int.from_bytes(digest[:8]) % (_LAST_ID - _FIRST_ID + 1)


def _line(text: str, most: int = MAX_TITLE_CHARACTERS) -> str:
    plain = "".join(c if c.isprintable() else " " for c in text)
    return plain if len(plain) <= most else plain[: most - 3] + "..."


class _Theirs(msgspec.Struct, frozen=True, kw_only=True):
    id: msgspec.Raw = msgspec.Raw(b"null")
    url: msgspec.Raw = msgspec.Raw(b"null")
    title: msgspec.Raw = msgspec.Raw(b"null")
    severity: msgspec.Raw = msgspec.Raw(b"null")
    vulnerable_versions: msgspec.Raw = msgspec.Raw(b"null")
    cwe: msgspec.Raw = msgspec.Raw(b"null")
    cvss: msgspec.Raw = msgspec.Raw(b"null")


_ANSWER = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ENTRIES = msgspec.json.Decoder(list[msgspec.Raw])
_THEIRS = msgspec.json.Decoder(_Theirs)
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class Theirs(msgspec.Struct, frozen=True, kw_only=True):
    """What an upstream answered, in the shape that every client reads."""

    entries: dict[str, tuple[Entry, ...]]
    """Of the names that were asked about, and of no other."""
    unreadable: int
    """How many more could not be read."""


def read_upstream(raw: bytes, names: Iterable[str]) -> Theirs | None:
    """Return what an upstream says of `names`; None: it is no answer.

    What a client would drop or crash on is put right where that can be done: an id that is no
    integer, a severity that is no word of npm's.
    """
    try:
        answer = _ANSWER.decode(raw)
    except _UNREADABLE:
        return None
    entries: dict[str, tuple[Entry, ...]] = {}
    unreadable = 0
    for name in names:
        if name not in answer:
            continue
        found = list(_entries(name, answer[name]))
        entries[name] = tuple(one for one in found if one is not None)
        unreadable += found.count(None)
    return Theirs(entries=entries, unreadable=unreadable)


def _entries(name: str, raw: msgspec.Raw) -> Iterator[Entry | None]:
    try:
        entries = _ENTRIES.decode(raw)
    except _UNREADABLE:
        yield None
        return
    if len(entries) > MOST_ENTRIES:
        yield None  # that there are more is told
    for each in entries[:MOST_ENTRIES]:
        try:
            yield _entry(name, _THEIRS.decode(each))
        except _UNREADABLE:
            yield None


def _entry(name: str, theirs: _Theirs) -> Entry:
    url, title = _text(theirs.url), _text(theirs.title)
    affected = _text(theirs.vulnerable_versions)
    severity = _text(theirs.severity).lower()
    if severity not in _KNOWN_SEVERITIES:
        known = severity_of_word(severity)
        # npm takes an advisory that does not say for a high one.
        severity = (AdvisorySeverity.HIGH if known is AdvisorySeverity.UNKNOWN else known).value
    return Entry(
        id=_number(name, theirs),
        url=url if url.startswith(("https://", "http://")) and url.isprintable() else "",
        title=_line(title or "a vulnerability that the registry gives no title"),
        severity=severity,
        # Clients print these as they come.
        vulnerable_versions=affected if affected.isprintable() and affected else "*",
        cwe=tuple(one for one in _decoded(theirs.cwe, tuple[str, ...], ()) if one.isprintable()),
        cvss=_decoded(theirs.cvss, Score, Score()),
    )


def _number(name: str, theirs: _Theirs) -> int:
    number = _decoded(theirs.id, int, -1)
    if 0 <= number <= _GREATEST_ID:
        return number
    text = _text(theirs.id)
    if text.isascii() and text.isdigit() and len(text) < 10:  # noqa: PLR2004 (digits)
        return int(text)
    return _own_number("imprint upstream", f"{name}\0{text}\0{_text(theirs.url)}")


def _text(raw: msgspec.Raw) -> str:
    return _decoded(raw, str, "")


def _decoded(raw: msgspec.Raw, kind: type[T], otherwise: T) -> T:
    try:
        return msgspec.json.decode(raw, type=kind)
    except _UNREADABLE:
        return otherwise
