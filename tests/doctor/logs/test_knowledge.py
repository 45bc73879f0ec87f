"""The rows: each is seen in its samples, and in no other row's but where both fit."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from imprint.doctor.logs import pages
from imprint.doctor.logs.diagnosis import diagnose
from imprint.doctor.logs.model import Certainty
from imprint.doctor.logs.seeing import PROVIDER
from imprint.doctor.logs.symptoms import (
    AnySignal,
    TextSignal,
    own_refusals,
    signals,
    symptoms,
)
from imprint.explanations.pages import page
from tests.docs.commands import unknown_word

ROOT = Path(__file__).resolve().parents[3]
SOURCE = ROOT / "src" / "imprint"
REGISTRY_HOSTS = re.compile(r"npmjs|pypi\.org|debian\.org|jsr\.io|pkg\.github", re.IGNORECASE)

NO_CREDENTIAL = ["no-id-token-permission", "exchange-not-found", "unsupported-ci"]
FIRST = ["e404-put-placeholder", "npm-too-old", *NO_CREDENTIAL, "first-publish"]
BESIDE = {
    # What else fits a row's sample: the text alone cannot tell them apart.
    "e404-put-placeholder": FIRST,
    "first-publish": FIRST,
    "nx-release-old": [*FIRST, "nx-release-old"],
    "eneedauth": ["eneedauth", "npm-too-old", *NO_CREDENTIAL],
    "partial-release": ["partial-release", "eneedauth", "npm-too-old", *NO_CREDENTIAL],
    "token-hides-exchange": [
        *("token-hides-exchange", "e404-put-placeholder", *NO_CREDENTIAL, "first-publish")
    ],
    "exchange-not-found": ["exchange-not-found", "env-mismatch", "owner-case"],
    "env-mismatch": ["exchange-not-found", "env-mismatch", "owner-case"],
    "owner-case": ["exchange-not-found", "env-mismatch", "owner-case"],
    "pnpm-exchange": ["pnpm-exchange", "env-mismatch", "owner-case"],
    "dist-tag-oidc": ["dist-tag-oidc"],
    "dist-tag-no-package": ["dist-tag-oidc", "dist-tag-no-package"],
}
SAMPLES = [
    pytest.param(row, number, id=f"{row.id}-{number}")
    for row in symptoms().values()
    for number in range(len(row.samples))
]
OTHERS = [
    pytest.param(row, text, id=f"{row.id}-{number}")
    for row in symptoms().values()
    for number, text in enumerate(row.must_not_match)
]
OWN_TEXTS = [
    pytest.param(refusal, literal, id=f"{refusal.code}-{number}")
    for refusal in own_refusals()
    for number, literal in enumerate(refusal.literals)
]


def told(text):
    found = diagnose(text)
    return [cause.id for cause in (*found.causes, *found.notes)]


@pytest.mark.parametrize(("row", "number"), SAMPLES)
def test_a_sample_has_its_cause_and_only_those_that_cannot_be_told_from_it(row, number):
    expected = BESIDE.get(row.id, [row.id])
    if number:
        # Further samples are other words for the same.
        assert row.id in told(row.samples[number])
    else:
        assert told(row.samples[number]) == expected


@pytest.mark.parametrize(("row", "text"), OTHERS)
def test_what_is_near_a_sample_is_not_taken_for_it(row, text):
    assert row.id not in told(text)


def test_a_row_that_is_certain_or_likely_comes_first_in_its_sample():
    behind = {
        row.id
        for row in symptoms().values()
        if any(condition.certainty is not Certainty.POSSIBLE for condition in row.conditions)
        and told(row.samples[0])[0] != row.id
    }

    assert behind == set()


def test_conditions_and_sets_name_signals_that_exist():
    known = {*signals(), *(f"{PROVIDER}{name}" for name in ("github", "gitlab", "circleci"))}
    named = {
        name
        for row in symptoms().values()
        for condition in row.conditions
        for name in (*condition.all_of, *condition.any_of, *condition.none_of)
    }
    named |= {row.explains for row in symptoms().values() if row.explains} - {"nothing"}
    for signal in signals().values():
        if isinstance(signal, AnySignal):
            named |= set(signal.others)

    assert named - known == set()


def test_every_signal_is_used():
    used = {
        name
        for row in symptoms().values()
        for condition in row.conditions
        for name in (*condition.all_of, *condition.any_of, *condition.none_of, row.explains)
    }
    for signal in signals().values():
        if isinstance(signal, AnySignal):
            used |= set(signal.others)

    source = "".join(
        path.read_text(encoding="utf-8") for path in (SOURCE / "doctor" / "logs").glob("*.py")
    )
    assert {name for name in signals() if name not in used and f'"{name}"' not in source} == set()


def test_no_row_names_a_registry_host():
    texts = [
        path.read_text(encoding="utf-8")
        for path in SOURCE.glob("doctor/logs/knowledge/*")
        if path.suffix == ".toml"
    ]

    assert len(texts) == 7
    assert [
        text for text in texts if REGISTRY_HOSTS.search(text.replace("npm.pkg.github", ""))
    ] == []


def test_every_row_can_be_told_apart_or_is_certain():
    vague = {
        row.id
        for row in symptoms().values()
        if row.told_apart_by is None
        and row.explains is None
        and any(condition.certainty is not Certainty.CERTAIN for condition in row.conditions)
    }

    assert vague == {"whoami-without-token"}


def test_patterns_are_tried_on_lines_that_have_one_of_their_texts():
    without = {
        signal.name
        for signal in signals().values()
        if isinstance(signal, TextSignal) and not signal.literals
    }

    assert without == set()


def test_commands_of_ours_that_a_fix_names_exist():
    named = {
        command
        for row in symptoms().values()
        for command in re.findall(r"`(imprint [^`]*)`", f"{row.fix} {row.told_apart_by}")
    }

    assert len(named) > 2
    assert {command: unknown_word(command) for command in named if unknown_word(command)} == {}


def test_links_lead_to_pages_of_ours():
    missing = {
        link for row in symptoms().values() for link in row.links if not (ROOT / link).is_file()
    }

    assert missing == set()


@pytest.mark.parametrize(("refusal", "literal"), OWN_TEXTS)
def test_our_registry_still_says_what_is_looked_for(refusal, literal):
    rooms = ("publishers", "registry", "tokens", "identity", "npm", "storage", "http")
    # Sentences are written over several lines.
    source = " ".join(
        re.sub(r'"\s*\n\s*f?"', "", path.read_text(encoding="utf-8"))
        for room in rooms
        for path in (SOURCE / room).rglob("*.py")
    )
    plain = re.sub(r"\{[^{}]*\}", "*", source)

    # In the source a value stands in quotes of its own, `{quoted(value)}` or f"`{value}`".
    words = re.split(r"`|\*", literal)
    assert refusal.row in {None, *symptoms()}
    assert page(refusal.code) is not None
    assert max(words, key=len).strip() in source + plain


@pytest.mark.parametrize("cause_id", pages.ids())
def test_every_row_has_a_page(cause_id):
    lines = (pages.page(cause_id) or "").splitlines()

    assert lines[0] == f"# {cause_id}"
    assert [line for line in lines if line.startswith("## ")][:2] == ["## Why", "## What to do"]
    assert "## In a log" in lines


def test_what_is_no_cause_has_no_page():
    assert pages.page("../signals") is None
