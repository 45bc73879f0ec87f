"""Properties of drift: total, stable, silent about what is unknown."""

import math
import re

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from imprint.history.axes import Approval, Auth, Axes, Carries, Origin, Signature
from imprint.history.candidates import Found, SourceStanding
from imprint.history.drift import DriftSettings, drift_of, next_change
from imprint.history.events import EventId, EventSeverity
from imprint.history.pins import Pin
from imprint.history.publications import Publication
from tests.support.publications import (
    DAY,
    NOW,
    candidate,
    events,
    history,
    identity,
    publication,
    told,
    trusted,
)

TEXTS = st.none() | st.sampled_from(["a", "b", "", "a@b.example", "https://github.com/a/b", "`\n"])
LISTS = st.lists(st.sampled_from(["a", "b", "@a/b", "a@file:x", ""]), max_size=2).map(tuple)
VERSIONS = st.sampled_from(
    ["1.0.0", "1.0.1", "1.1.0", "2.0.0", "2.0.0-rc.1", "0.3.0", "0.4.0", "odd", "1.2"]
)
MOMENTS = st.none() | st.floats(NOW - 500 * DAY, NOW + DAY)
ROWS = st.builds(
    Publication,
    version=VERSIONS,
    published=MOMENTS,
    integrity=TEXTS,
    signatures=st.sampled_from([(), (("a", "s"),), (("b", "s"),)]),
    provenance_type=st.none() | st.just("p"),
    has_attestations=st.booleans(),
    user=TEXTS,
    email=TEXTS,
    trusted_publisher=st.none() | st.just("github"),
    configuration_id=TEXTS,
    approver=TEXTS,
    maintainers=LISTS,
    repository=TEXTS,
    unpacked_bytes=st.none() | st.integers(0, 10**8),
    install_scripts=LISTS,
    exotic_dependencies=LISTS,
    dependencies=LISTS,
    credential=TEXTS,
)
IDENTITIES = st.builds(
    identity,
    provider=st.sampled_from(["github", "gitlab", "generic"]),
    issuer=st.sampled_from(["https://a.example", "https://[", ""]),
    repository=TEXTS,
    repository_id=TEXTS,
    owner_id=TEXTS,
    workflow=TEXTS,
    called_workflow=TEXTS,
    ref=st.none() | st.sampled_from(["refs/tags/v1", "refs/heads/main", "refs/pull/1/m", "x", ""]),
    ref_protected=st.none() | st.booleans(),
    environment=TEXTS,
    event=st.none() | st.sampled_from(["push", "workflow_run", "odd"]),
    runner=st.none() | st.sampled_from(["hosted", "self-hosted"]),
)
PINS = st.builds(
    lambda **values: Pin(**values),  # noqa: PLW0108 - its signature would evaluate its annotations
    name=st.just("widget"),
    version=VERSIONS,
    auth=st.sampled_from(Auth),
    approval=st.sampled_from(Approval),
    origin=st.sampled_from(Origin),
    identity=st.none() | IDENTITIES,
    configuration_id=TEXTS,
    integrity=TEXTS,
    first_seen=st.just(NOW),
)
CANDIDATES = st.builds(
    lambda rows, **more: candidate(history=history(*rows), **more),
    rows=st.lists(ROWS, max_size=5, unique_by=lambda row: row.version),
    version=VERSIONS,
    carries=st.builds(Carries, **dict.fromkeys(Carries.__struct_fields__, st.booleans())),
    identity=st.none() | IDENTITIES,
    identities=st.dictionaries(VERSIONS, IDENTITIES, max_size=4),
    pin=st.none() | PINS,
    locked_integrity=TEXTS,
    is_introduced=st.booleans(),
    is_critical=st.booleans(),
    replaces=st.none() | VERSIONS,
    neighbour=st.just(lambda name: history(publication("1.0.0", 1), name=name)),
    source=st.none()
    | st.builds(
        SourceStanding,
        **dict.fromkeys(
            ["tag", "commit_on_protected_branch", "run_succeeded", "is_publish_job"],
            st.sampled_from(Found),
        ),
    ),
    registry_keys=st.none() | st.frozensets(st.sampled_from(["a", "b"])),
)
UNKNOWN = Axes(
    auth=Auth.UNKNOWN,
    approval=Approval.UNKNOWN,
    origin=Origin.UNKNOWN,
    signature=Signature.UNKNOWN,
)
OF_EVIDENCE = {
    EventId.AUTH_REGRESSED,
    EventId.ORIGIN_DROPPED,
    EventId.APPROVAL_DROPPED,
    EventId.LINE_BELOW_PACKAGE,
    EventId.UPGRADED,
}


@settings(max_examples=60)
@given(CANDIDATES, st.sampled_from([NOW, 0.0, NOW + 400 * DAY, math.inf]))
def test_any_candidate_has_events_that_can_be_shown_and_accepted(judged, now):
    for event in drift_of(judged, now=now, settings=DriftSettings()):
        assert re.fullmatch("[0-9a-f]{12}", event.fingerprint)
        assert event.message.isprintable()
        assert event.severity is EventSeverity.INFO or event.release or event.id in _BROKEN


@settings(max_examples=40)
@given(CANDIDATES)
def test_the_worst_is_first_and_the_same_candidate_has_the_same_events(judged):
    found = events(judged)

    assert found == events(judged)
    assert [event.severity for event in found] == sorted(
        (event.severity for event in found), reverse=True
    )


@settings(max_examples=40)
@given(CANDIDATES)
def test_an_axis_that_is_unknown_on_one_side_is_never_compared(judged):
    unknown = replace(judged, axes=UNKNOWN)
    nothing = Carries(**dict.fromkeys(Carries.__struct_fields__, False))
    bare = [Publication(version=row.version, published=row.published) for row in rows_of(judged)]
    stripped = replace(judged, history=history(*bare), carries=nothing, pin=None)

    assert {event.id for event in events(unknown)} & OF_EVIDENCE == set()
    found = {event.id for event in events(stripped)} & OF_EVIDENCE - {EventId.UPGRADED}
    assert found == set()


@settings(max_examples=40)
@given(CANDIDATES, st.floats(0.0, 500 * DAY))
def test_nothing_changes_before_the_moment_that_is_said(judged, later):
    change = next_change(judged, NOW, DriftSettings())
    then = NOW + later if change is None else min(NOW + later, math.nextafter(change, 0))

    assert shown(judged, now=then) == shown(judged, now=NOW)


@settings(max_examples=40)
@given(st.lists(ROWS.filter(lambda row: row.version.startswith("1.")), max_size=5))
def test_an_older_line_that_has_nothing_to_do_with_it_changes_nothing(rows):
    own = [trusted("3.0.0", 30), trusted("3.0.1", 20), publication("3.0.2", 10)]
    older = {row.version: row for row in rows}.values()

    alone, beside = in_line_events(candidate(*own)), in_line_events(candidate(*older, *own))

    assert alone == beside == {"auth-regressed": "error", "origin-dropped": "error"}


@settings(max_examples=40)
@given(CANDIDATES, st.floats(-30 * DAY, 30 * DAY))
def test_a_fingerprint_is_the_same_whatever_the_time_and_the_severity(judged, later):
    before = {(event.id, event.after): event.fingerprint for event in events(judged)}
    after = {
        (event.id, event.after): event.fingerprint for event in events(judged, now=NOW + later)
    }

    assert {key: after[key] for key in before.keys() & after.keys()} == {
        key: before[key] for key in before.keys() & after.keys()
    }


_BROKEN = {
    EventId.SIGNATURE_INVALID,
    EventId.INTEGRITY_MISMATCH,
    EventId.ATTESTATION_INVALID,
    EventId.ATTESTATION_SUBJECT_MISMATCH,
    EventId.SIGNATURE_MISSING,
    EventId.PUBLISHER_TRIGGER_RISKY,
}


_IN_LINE = {
    "auth-regressed",
    "origin-dropped",
    "approval-dropped",
    "release-exotic-dependency-added",
    "release-install-script-added",
    "release-size-jump",
    "maintainer-added",
    "signature-key-changed",
}


def rows_of(judged):
    return judged.history.publications(tuple(judged.history.moments))


@settings(max_examples=60)
@given(CANDIDATES)
def test_age_releases_exactly_what_is_said_to_be_released_by_it(judged):
    for event in events(judged, cooldown_seconds=0):
        is_said = "age, on" in (event.release or "")
        assert is_said is (event.until is not None)
        if event.until is not None and event.severity is not EventSeverity.INFO:
            later = events(judged, now=event.until, cooldown_seconds=0)
            assert all(
                other.severity < event.severity
                for other in later
                if other.fingerprint == event.fingerprint
            )


def shown(judged, *, now):
    return [(event.id, event.severity, event.release) for event in events(judged, now=now)]


def in_line_events(judged):
    return {name: word for name, word in told(judged).items() if name in _IN_LINE}
