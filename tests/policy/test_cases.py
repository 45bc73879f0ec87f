"""Golden policies: a folder each, with a policy, what it judges, and what it says.

`subject.json` has what is not as usual (tests/support/policies.py); `now` in it is the moment.
"""

import json
from pathlib import Path

import msgspec
import pytest

from imprint.history.axes import Axes
from imprint.history.events import DriftEvent
from imprint.history.identities import PublisherIdentity
from imprint.npm.advisories.model import Advisory
from imprint.policy.decide import decide
from imprint.policy.decisions import Admitted, verdict_of
from imprint.policy.read import read_policy
from imprint.policy.subjects import Lacking
from imprint.reachability.exposure import Exposure
from tests.support.policies import NOW, axes, subject

CASES = sorted(path for path in (Path(__file__).parent / "cases").iterdir() if path.is_dir())
TYPES = {
    "events": tuple[DriftEvent, ...],
    "identity": PublisherIdentity | None,
    "advisories": tuple[Advisory, ...],
    "lacking": tuple[Lacking, ...],
}


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_a_policy_says_what_its_case_shows(folder):
    values = json.loads((folder / "subject.json").read_text(encoding="utf-8"))
    rules = read_policy((folder / "policy.toml").read_text(encoding="utf-8"), origin="imprint.toml")

    decision = decide(
        rules,
        subject_of(values),
        baseline=frozenset(values.get("baseline", ())),
        now=values.get("now", NOW),
    )

    assert told(decision) == json.loads((folder / "decision.json").read_text(encoding="utf-8"))


def subject_of(values):
    changes = {name: value for name, value in values.items() if name not in {"now", "baseline"}}
    for name, kind in TYPES.items():
        if name in changes:
            changes[name] = msgspec.convert(changes[name], kind, strict=False)
    if "axes" in changes:
        whole = {**msgspec.to_builtins(axes()), **changes["axes"]}
        changes["axes"] = msgspec.convert(whole, Axes)
    if "exposure" in changes:
        changes["exposure"] = Exposure[changes["exposure"]]
    return subject(**changes)


def told(decision):
    """A decision as a case writes it: what is empty is left out."""
    reasons = () if isinstance(decision, Admitted) else decision.reasons
    values = {
        "verdict": verdict_of(decision),
        "reasons": [row(one) for one in reasons],
        "warnings": [row(one) for one in decision.warnings],
        "accepted": [f"{one.reason.code}: {one.why}" for one in decision.accepted],
        "known": [one.code for one in decision.known],
        "next_change": decision.next_change,
    }
    return {name: value for name, value in values.items() if value}


def row(reason):
    members = ("code", "message", "hint", "release", "until")
    return {name: getattr(reason, name) for name in members if getattr(reason, name) is not None}
