"""What a renewal changes, before it is written."""

import json

from imprint.attestations.domains import Thresholds
from imprint.upstream.trust.changes import ChangeKind, domain_changes, keys_changes
from imprint.upstream.trust.trust import KeptDomain, KeptKeys
from tests.support.trust import domain_document, keys_document, raw_keys, raw_root

KEYS = ("key for npm:attestations", "key for npm:signatures")


def domain(**changes):
    return KeptDomain(document=domain_document(**changes), place="p")


def keys(*seeds):
    return KeptKeys(document=keys_document(raw_keys=raw_keys(*seeds)), place="p")


def test_nothing_differs_from_itself():
    assert domain_changes(domain(), domain(updated_at=1.0)) == ()
    assert keys_changes(keys(), keys()) == ()


def test_all_of_a_new_domain_is_added():
    changes = domain_changes(None, domain())

    assert {change.kind for change in changes} == {ChangeKind.ADDED}
    assert {change.what for change in changes} >= {
        "signing authority",
        "timestamp authority",
        "transparency log",
        "certificate transparency log",
        "issuer",
        "threshold",
    }


def test_another_authority_of_the_same_address_is_another():
    changes = domain_changes(domain(), domain(raw_trusted_root=raw_root("another")))

    kinds = [(change.kind, change.what) for change in changes]
    assert (ChangeKind.REMOVED, "signing authority") in kinds
    assert (ChangeKind.ADDED, "signing authority") in kinds
    assert kinds == sorted(kinds, key=lambda one: list(ChangeKind).index(one[0]))


def test_a_window_that_ends_is_a_change():
    root = json.loads(raw_root())
    window = root["certificateAuthorities"][0]["validFor"]
    window["end"] = "2030-01-01T00:00:00Z"

    (change,) = domain_changes(domain(), domain(raw_trusted_root=json.dumps(root).encode()))

    assert change.kind is ChangeKind.CHANGED
    assert change.after == f"{change.before} to 2030-01-01"


def test_a_threshold_that_falls_is_a_change():
    (change,) = domain_changes(domain(), domain(thresholds=Thresholds(log_entries=0)))

    assert (change.name, change.before, change.after) == ("log_entries", "1", "0")


def test_each_use_of_a_key_is_listed():
    changes = keys_changes(keys("a"), keys("a", "b"))

    assert [(change.kind, change.what) for change in changes] == [
        (ChangeKind.ADDED, KEYS[1]),
        (ChangeKind.ADDED, KEYS[0]),
    ]


def test_another_key_under_the_same_id_is_another():
    document = json.loads(raw_keys("a"))
    spki = json.loads(raw_keys("b"))["keys"][0]["publicKey"]["rawBytes"]
    document["keys"][0]["publicKey"]["rawBytes"] = spki
    forged = keys_document(raw_keys=json.dumps(document).encode())

    changes = keys_changes(keys("a"), KeptKeys(document=forged, place="p"))

    assert [change.kind for change in changes] == [ChangeKind.REMOVED, ChangeKind.ADDED]
