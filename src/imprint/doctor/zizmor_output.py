"""zizmor's findings (its `json-v1`) as findings of ours, `zizmor/<audit>`: decoded here alone.

zizmor counts rows and columns from 0, and bytes; a Span counts lines from 1, and characters.
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

import msgspec

from imprint.doctor.folders import Skipped
from imprint.doctor.model import Finding
from imprint.doctor.ranking import HYGIENE
from imprint.refusals import Malformed
from imprint.workflows.findings import Confidence, Persona, Severity
from imprint.workflows.sources import Span

if TYPE_CHECKING:
    from imprint.doctor.folders import Folder

MOST_BYTES = 50_000_000
MOST_FILE_BYTES = 5_000_000
_SEVERITIES = {"Low": Severity.LOW, "Medium": Severity.MEDIUM, "High": Severity.HIGH}
_CONFIDENCES = {"Medium": Confidence.MEDIUM, "High": Confidence.HIGH}
_PRIMARY = "Primary"


class _Determinations(msgspec.Struct, frozen=True, kw_only=True):
    severity: str
    confidence: str
    persona: str


class _Symbolic(msgspec.Struct, frozen=True, kw_only=True):
    key: dict[str, dict[str, object]]
    annotation: str
    kind: str
    route: dict[str, object] = msgspec.field(default_factory=dict)


class _Point(msgspec.Struct, frozen=True, kw_only=True):
    row: int
    column: int


class _Offsets(msgspec.Struct, frozen=True, kw_only=True):
    start: int
    end: int


class _Place(msgspec.Struct, frozen=True, kw_only=True):
    start_point: _Point
    end_point: _Point
    offset_span: _Offsets


class _Concrete(msgspec.Struct, frozen=True, kw_only=True):
    location: _Place
    feature: str


class _Location(msgspec.Struct, frozen=True, kw_only=True):
    symbolic: _Symbolic
    concrete: _Concrete


class _Found(msgspec.Struct, frozen=True, kw_only=True):
    ident: str
    desc: str
    url: str
    determinations: _Determinations
    locations: tuple[_Location, ...]
    ignored: bool = False


def findings_of(answer: bytes, folder: Folder) -> tuple[Finding, ...]:
    """Return what zizmor found in files of a folder; raises Malformed `zizmor-answer`."""
    if len(answer) > MOST_BYTES:
        raise Malformed("zizmor-answer", f"answer has more than {MOST_BYTES} bytes")
    try:
        found = msgspec.json.decode(answer, type=tuple[_Found, ...])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as err:
        raise Malformed("zizmor-answer", "answer is no list of findings as of `json-v1`") from err
    made = (_finding(one, folder) for one in found if not one.ignored)
    return tuple(finding for finding in made if finding is not None)


def _finding(found: _Found, folder: Folder) -> Finding | None:
    primary = next((one for one in found.locations if one.symbolic.kind == _PRIMARY), None)
    path = None if primary is None else _path(primary, folder)
    if primary is None or path is None:
        return None
    place = primary.concrete.location
    span = _span(path, place, folder)
    if span is None:
        return None
    asked_for_all = found.determinations.persona == "Regular"
    identity = "\0".join(
        (found.ident, path, repr(primary.symbolic.route), primary.concrete.feature[:200])
    )
    return Finding(
        check=HYGIENE + found.ident,
        severity=_SEVERITIES.get(found.determinations.severity, Severity.INFO),
        confidence=_CONFIDENCES.get(found.determinations.confidence, Confidence.LOW),
        persona=Persona.REGULAR if asked_for_all else Persona.AUDITOR,
        span=span,
        end_line=max(place.end_point.row + 1, span.line),
        message=_plain(f"{found.desc}: {primary.symbolic.annotation}"),
        hint=_plain(found.url),
        fix=None,
        fingerprint=hashlib.sha256(identity.encode(errors="surrogatepass")).hexdigest()[:32],
    )


def _path(location: _Location, folder: Folder) -> str | None:
    """Return a file's path from the folder's root; None for what is no file of it."""
    named = location.symbolic.key.get("Local", {}).get("verbatim_path")
    if not isinstance(named, str):
        return None
    root = os.path.realpath(folder.root)
    path = os.path.relpath(os.path.realpath(named), root).replace(os.sep, "/")
    return None if path.startswith("../") else path


def _span(path: str, place: _Place, folder: Folder) -> Span | None:
    try:
        content = folder.read(path, most_bytes=MOST_FILE_BYTES)
    except Skipped:
        return None
    start = _characters(content, place.offset_span.start)
    line_start = content.rfind(b"\n", 0, max(place.offset_span.start, 0)) + 1
    return Span(
        path=path,
        start=start,
        end=max(start, _characters(content, place.offset_span.end)),
        line=place.start_point.row + 1,
        column=start - _characters(content, line_start) + 1,
    )


def _characters(content: bytes, offset: int) -> int:
    return len(content[: max(offset, 0)].decode(errors="replace"))


def _plain(text: str) -> str:
    """Return a text on one line, without what a terminal would obey."""
    return "".join(letter if letter.isprintable() else " " for letter in " ".join(text.split()))
