"""What is broken, taken back, or signed oddly."""

from base64 import b64encode

import pytest

from imprint.history.axes import Approval, Auth, Axes, Origin, Signature
from imprint.history.events import EventId
from imprint.history.pins import Pin
from tests.support.publications import NOW, candidate, events, history, publication, told


def sri(fill, algorithm="sha512", size=64):
    return f"{algorithm}-{b64encode(bytes([fill]) * size).decode()}"


def pin(**more):
    whole = {
        "name": "widget",
        "version": "1.0.0",
        "auth": Auth.TOKEN,
        "approval": Approval.UNKNOWN,
        "origin": Origin.ABSENT,
        "first_seen": NOW,
    }
    return Pin(**{**whole, **more})


@pytest.mark.parametrize(
    ("axes", "event"),
    [
        (Axes(signature=Signature.INVALID), "signature-invalid"),
        (Axes(signature=Signature.EXPIRED_KEY), "signature-invalid"),
        (Axes(origin=Origin.INVALID), "attestation-invalid"),
    ],
)
@pytest.mark.parametrize("days_ago", [3, 900])
def test_what_does_not_verify_is_an_error_however_old(axes, event, days_ago):
    assert told(candidate(publication("1.0.0", days_ago), axes=axes)) == {event: "error"}


def test_what_verification_found_is_said_in_its_words():
    broken = {EventId.ATTESTATION_SUBJECT_MISMATCH: "the attestation is of other bytes"}
    judged = candidate(publication("1.0.0"), axes=Axes(origin=Origin.INVALID), broken=broken)

    assert [(event.id, event.message) for event in events(judged)] == [*broken.items()]


@pytest.mark.parametrize(
    ("locked", "row", "expected"),
    [
        (sri(1), {"integrity": sri(1)}, {}),
        (sri(1), {"integrity": sri(2)}, {"integrity-mismatch": "error"}),
        (f"{sri(3)} {sri(1)}", {"integrity": sri(1)}, {"integrity-mismatch": "error"}),
        (sri(1, "sha1", 20), {"integrity": sri(2)}, {}),
        (sri(1, "sha1", 20), {"integrity": sri(2), "shasum": "01" * 20}, {}),
        (
            sri(1, "sha1", 20),
            {"integrity": sri(2), "shasum": "02" * 20},
            {"integrity-mismatch": "error"},
        ),
        (sri(1), {}, {}),
        ("nonsense", {"integrity": sri(2)}, {}),
        (sri(1), {"integrity": "nonsense", "shasum": "zz"}, {}),
        (None, {"integrity": sri(2)}, {}),
    ],
)
def test_a_locked_digest_that_is_not_the_registrys_is_an_error(locked, row, expected):
    judged = candidate(publication("1.0.0", **row), locked_integrity=locked)

    assert told(judged) == expected


def test_a_pinned_digest_says_that_it_is_the_registry_that_changed():
    judged = candidate(
        publication("1.0.0", integrity=sri(2)),
        locked_integrity=sri(1),
        pin=pin(integrity=sri(1)[:20]),
    )

    assert told(judged) == {"history-rewritten": "error"}


@pytest.mark.parametrize(
    ("pinned", "expected"),
    [
        ({"auth": Auth.OIDC}, {"history-rewritten": "error"}),
        ({"origin": Origin.BOUND}, {"history-rewritten": "error"}),
        ({"approval": Approval.STAGED}, {"history-rewritten": "error"}),
        ({"approval": Approval.UNKNOWN}, {}),
        ({"version": "0.9.0", "origin": Origin.BOUND, "auth": Auth.TOKEN}, {}),
    ],
)
def test_a_pinned_versions_own_evidence_does_not_become_less(pinned, expected):
    rows = [publication("1.0.0", 200)]

    found = told(candidate(*rows, pin=pin(**pinned)))

    assert {name: word for name, word in found.items() if name == "history-rewritten"} == expected


def test_evidence_that_a_mirror_strips_is_not_rewritten():
    judged = candidate(publication("1.0.0"), axes=Axes(), pin=pin(auth=Auth.OIDC))

    assert told(judged) == {}


def test_a_version_that_the_registry_has_no_longer_is_an_error():
    gone = history(publication("0.9.0"), gone={"1.0.0": NOW})

    assert told(candidate(history=gone, version="1.0.0")) == {"release-unpublished": "error"}


def test_a_version_that_could_not_be_read_is_not_unpublished():
    torn = history(publication("0.9.0"), unreadable=("1.0.0",))

    assert told(candidate(history=torn, version="1.0.0")) == {}


@pytest.mark.parametrize(("signs_all", "severity"), [(True, "error"), (False, "info")])
def test_an_unsigned_version_is_as_bad_as_its_registry_signs(signs_all, severity):
    judged = candidate(publication("1.0.0", signatures=()), registry_signs_all=signs_all)

    assert told(judged) == {"signature-missing": severity}


@pytest.mark.parametrize(
    ("before", "own", "keys", "expected"),
    [
        ("a", "a", None, {}),
        ("a", "a", {"a"}, {}),
        ("a", "b", {"a", "b"}, {"signature-key-changed": "info"}),
        ("a", "b", None, {"signature-key-changed": "info"}),
        ("a", "b", {"a"}, {"signature-key-changed": "warn"}),
        ("b", "b", {"a"}, {"signature-key-unknown": "warn"}),
        ("a", "a", set(), {"signature-key-unknown": "warn"}),
    ],
)
def test_a_signatures_key_is_compared_with_the_line_and_the_registrys(before, own, keys, expected):
    rows = [
        publication("1.0.0", 9, signatures=((before, "c2ln"),)),
        publication("1.0.1", 3, signatures=((own, "c2ln"),)),
    ]
    known = None if keys is None else frozenset(keys)

    assert told(candidate(*rows, registry_keys=known)) == expected
