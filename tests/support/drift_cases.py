"""Golden cases of drift: a history in lines of our own, the candidate, the events expected.

`case.toml` has `about`, `name`, `now`, `candidate` and `history`, one line per version:

    VERSION  MOMENT  EVIDENCE  USER [<EMAIL>]  [KEY=VALUE …]

Evidence is `oidc`, `token`, `staged` or `-` (nothing said), with `+provenance`. `expected.txt` has
one line per event: severity, id, message; `since` and what would release it are unit-tested.
"""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imprint.history.axes import Approval, Auth, Axes, Carries, Origin
from imprint.history.candidates import Candidate, Found, SourceStanding
from imprint.history.claims import claimed_axes
from imprint.history.drift import DriftSettings, drift_of
from imprint.history.identities import PublisherIdentity
from imprint.history.pins import Pin
from imprint.history.publications import Publication
from tests.support.publications import ALL, PROVENANCE, SIGNED, history, identity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.history.projection import PackumentHistory

CASES = Path(__file__).parents[1] / "history" / "cases"

_LINE = re.compile(
    r"(?P<version>\S+) +(?P<moment>\S+) +(?P<evidence>\S+) +(?P<user>[^<=\n]*?)"
    r"(?: *<(?P<email>[^>]*)>)?(?P<more>(?: +[a-z_]+=\S+)*) *"
)
_LISTS = {"dependencies", "exotic_dependencies", "install_scripts", "maintainers"}
_PIN_TIME = 1_700_000_000.0


def names() -> list[str]:
    """Every case's name."""
    return sorted(path.parent.name for path in CASES.glob("*/case.toml"))


def expected(name: str) -> str:
    """What a case is to come to."""
    return (CASES / name / "expected.txt").read_text()


def outcome(name: str) -> str:
    """What a case comes to: one line per event, the worst first."""
    case = tomllib.loads((CASES / name / "case.toml").read_text())
    events = drift_of(
        candidate_of(case),
        now=_moment(case["now"]),
        settings=DriftSettings(**case.get("settings", {})),
    )
    return "".join(f"{event.severity.word:5} {event.id}: {event.message}\n" for event in events)


def candidate_of(case: Mapping[str, Any]) -> Candidate:
    """The candidate of a case."""
    others = {one["name"]: _history(one) for one in case.get("neighbours", ())}
    given = dict(case["candidate"])
    carries = _carries(case.get("stripped", ()))
    found = _history(case)
    row = found.publication(given["version"])
    axes = Axes() if row is None else claimed_axes(row, carries)
    identities = {
        version: identity(**{key: text or None for key, text in fields.items()})
        for version, fields in case.get("identities", {}).items()
    }
    return Candidate(
        history=found,
        carries=carries,
        identity=identities.pop(given["version"], None),
        identities=identities,
        neighbour=others.get,
        pin=_pin(case["pin"]) if "pin" in case else None,
        source=_source(case["source"]) if "source" in case else None,
        burst_of=tuple(given.pop("burst_of", ())),
        axes=axes,
        **given,
    )


def _history(case: Mapping[str, Any]) -> PackumentHistory:
    rows = [_row(line) for line in case["history"].strip().splitlines()]
    gone = {version: _moment(at) for version, at in case.get("gone", {}).items()}
    return history(*rows, name=case["name"], gone=gone)


def _row(line: str) -> Publication:
    found = _LINE.fullmatch(line.strip())
    assert found is not None, line
    evidence, _, provenance = found["evidence"].partition("+")
    more: dict[str, Any] = {"signatures": SIGNED}
    for word in found["more"].split():
        key, _, value = word.partition("=")
        more[key] = _value(key, value)
    if evidence == "oidc":
        more["trusted_publisher"] = "github"
    if evidence == "staged":
        more["approver"] = found["user"]
    if provenance:
        more |= PROVENANCE
    return Publication(
        version=found["version"],
        published=None if found["moment"] == "-" else _moment(found["moment"]),
        user=found["user"].strip() or None,
        email=found["email"],
        **more,
    )


def _value(key: str, value: str) -> object:
    if key in _LISTS:
        return tuple(value.split(","))
    return int(value) if key == "unpacked_bytes" else value


def _pin(given: Mapping[str, Any]) -> Pin:
    named = dict(given)
    fields = named.pop("identity", None)
    return Pin(
        name=named.pop("name"),
        version=named.pop("version"),
        auth=Auth(named.pop("auth")),
        approval=Approval(named.pop("approval", "unknown")),
        origin=Origin(named.pop("origin")),
        identity=None if fields is None else PublisherIdentity(**fields),
        first_seen=_PIN_TIME,
        **named,
    )


def _source(given: Mapping[str, str]) -> SourceStanding:
    looked_at = given.get("looked_at", "forge.example")
    found = {key: Found(value) for key, value in given.items() if key != "looked_at"}
    return SourceStanding(looked_at=looked_at, **found)


def _carries(stripped: tuple[str, ...]) -> Carries:
    return Carries(**{name: name not in stripped for name in ALL.__struct_fields__})


def _moment(text: str) -> float:
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
