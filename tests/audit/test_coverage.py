"""How much was checked, in numbers and in lines."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from imprint.audit.coverage import coverage_of, is_checked
from imprint.evidence.advisories import FoundAdvisories
from imprint.evidence.looked import Had, NotLooked, NotThere
from imprint.history.axes import Origin, Signature
from imprint.history.events import EventId
from imprint.npm.lockfiles.model import LockfileFormat
from imprint.policy.subjects import Lacking
from tests.support.audits import axes, event, package
from tests.support.lock_graphs import lockfile
from tests.support.policies import policy

REGISTRY = "https://registry.example.test/"
FAILED = NotLooked(why="it answered `500`", is_failure=True)


@dataclass
class Given:
    """What coverage is counted from."""

    text: str = ""
    format: LockfileFormat = LockfileFormat.NPM
    advisories: dict[tuple[str, str], Any] = field(default_factory=dict)
    keys: dict[str, Any] = field(default_factory=lambda: {REGISTRY: Had(b"{}")})

    def coverage(self, *packages):
        request: Any = SimpleNamespace(
            loaded=SimpleNamespace(policy=policy(self.text)),
            found=SimpleNamespace(lockfile=lockfile(format=self.format)),
        )
        return coverage_of(
            request,
            packages,
            advisories=FoundAdvisories(by_version=self.advisories),
            keys=self.keys,
            notes=(),
            requests=7,
            seconds=0.5,
        )


def lacking(axis, why="the registry tells no signatures", **more):
    return (Lacking(axis=axis, why=why, **{"is_of_registry": True, **more}),)


def test_what_is_proven_is_counted():
    broken = package(
        "b",
        axes=axes(origin=Origin.INVALID, signature=Signature.INVALID),
        events=(event(EventId.SIGNATURE_INVALID),),
    )

    told = Given().coverage(package("a"), broken)

    counted = (told.signatures_valid, told.provenance_verified, told.invalid)
    assert (told.packages, told.checked, told.requests) == (2, 2, 7)
    assert counted == (1, 1, 1)


def test_a_bundled_copy_is_checked_and_its_carriers_proof_counts_once():
    inner = package("inner", source="bundled", bundled_in="a@1.0.0")

    told = Given().coverage(package("a"), inner)

    assert (told.checked, told.signatures_valid, told.provenance_verified) == (2, 1, 1)


@pytest.mark.parametrize("source", ["git", "tarball", "file"])
def test_what_is_from_no_registry_is_not_checked_and_named(source):
    outside = package("tool", source=source, registry=None)

    told = Given().coverage(package("a"), outside)

    assert not is_checked(outside)
    assert told.notes == ("1 from no registry, nothing tells who made them: tool",)


def test_a_packument_that_could_not_be_had_is_not_checked():
    assert not is_checked(package(lacking=lacking("packument", is_of_registry=False)))


def test_what_a_registry_does_not_tell_is_one_line_for_all_packages():
    packages = [package(name, lacking=lacking("signature")) for name in ("a", "b")]
    inner = package("c", bundled_in="a@1.0.0", lacking=lacking("signature"))

    told = Given().coverage(*packages, inner)

    assert told.notes == (
        f"registry `{REGISTRY}` tells no signatures: signatures are not verified (2 packages)",
    )


def test_what_one_package_lacks_is_no_line_of_its_registry():
    one = package(lacking=lacking("origin", why="it is missing", is_of_registry=False))

    assert Given().coverage(one).notes == ()


@pytest.mark.parametrize(
    ("text", "outcome", "is_incomplete"),
    [
        ("", FAILED, True),
        ("", NotLooked(why="nobody asked"), False),
        ("", NotThere(), False),
        ('[unknown]\nadvisories = "allow"\n', FAILED, False),
    ],
)
def test_advisories_that_failed_leave_it_incomplete(text, outcome, is_incomplete):
    given = Given(text=text, advisories={("a", "1.0.0"): outcome})

    assert given.coverage(package("a")).is_incomplete is is_incomplete


@pytest.mark.parametrize(
    ("text", "looked", "lack", "is_incomplete"),
    [
        ("", FAILED, "signature", True),
        ("", FAILED, "origin", False),
        ("", NotThere(), "signature", False),
        ('[unknown]\nsignature = "allow"\n', FAILED, "signature", False),
    ],
)
def test_keys_that_failed_leave_it_incomplete_where_they_are_needed(
    text, looked, lack, is_incomplete
):
    given = Given(text=text, keys={REGISTRY: looked})

    told = given.coverage(package("a", lacking=lacking(lack)))

    assert told.is_incomplete is is_incomplete


def test_berry_has_no_digests_and_it_is_said():
    assert "no digests of tarballs" in Given(format=LockfileFormat.YARN_BERRY).coverage().notes[0]
