"""Adopting: the first policy, the pins, and what was known before."""

import json

import pytest
from msgspec.structs import replace

from imprint.audit.adoption import adopted, first_policy
from imprint.history.events import EventId
from imprint.policy.baseline import read_baseline
from imprint.policy.decide import decide
from imprint.policy.pins import read_pins
from imprint.policy.presets import PRESETS
from tests.support import audits
from tests.support.policies import NOW, event, policy, subject

SCOPES = {"@acme": "https://registry.example.test/", "@b": "https://b.example.test/"}


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("scopes", [{}, SCOPES])
def test_a_first_policy_is_short_and_is_the_preset(preset, scopes):
    text = first_policy(preset=preset, scopes=scopes)
    rules, usual = policy(text), PRESETS[preset]

    assert len(text.splitlines()) <= 12
    assert (rules.preset, rules.mode, rules.cooldown_seconds) == (
        preset,
        usual.mode,
        usual.cooldown_seconds,
    )
    assert {scope.registry for scope in rules.scopes} == set(scopes.values())


def judged(*subjects, text=""):
    """An audit of `subjects` by a policy."""
    packages = []
    for one in subjects:
        decision = decide(policy(text), one, baseline=frozenset(), now=NOW)
        package = audits.package(name=one.name, version=one.version)
        packages.append(replace(package, decision=decision))
    whole = audits.audit(*packages)
    return replace(whole, packages=tuple(packages), subjects=subjects, now=NOW)


def test_what_can_be_known_is_known_and_the_rest_is_left():
    odd = subject(name="odd", events=(event(),))
    broken = subject(name="broken", events=(event(EventId.SIGNATURE_INVALID, fingerprint="b"),))
    young = subject(name="young", published=NOW - 60)

    adoption = adopted([judged(subject(), odd, broken, young)], before=None)

    assert [row.package for row in adoption.known] == ["odd@1.2.3"]
    assert [label for label, _ in adoption.left] == ["broken@1.2.3", "young@1.2.3"]
    assert sorted(read_pins(adoption.pins)) == ["odd", "widget"]
    assert read_baseline(adoption.baseline or b"") == {"0123456789ab"}


def test_nothing_of_a_release_that_is_too_young_is_known():
    young = subject(name="young", published=NOW - 60, events=(event(),))

    adoption = adopted([judged(young)], before=None)

    assert (adoption.known, adoption.baseline) == ((), None)
    assert {reason.code for _, reason in adoption.left} == {"auth-regressed", "release-too-young"}
    assert adoption.pinned == 0


def test_the_doctors_findings_stay():
    before = b'{"schema":1,"findings":[{"fingerprint":"f"}]}'

    adoption = adopted([judged(subject())], before=before)

    assert json.loads(adoption.baseline or b"")["findings"] == [{"fingerprint": "f"}]


def test_without_findings_there_is_nothing_to_write():
    assert adopted([judged(subject())], before=None).baseline is None
