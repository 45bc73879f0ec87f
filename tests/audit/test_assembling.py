"""Judged versions as the packages of a report."""

from __future__ import annotations

from typing import Any

from imprint.audit.assembling import Scene, audited, best_place, ordered
from imprint.audit.model import Change
from imprint.audit.selection import versions_of
from imprint.evidence.packages import JudgedVersion
from imprint.npm.lockfiles.graph import Graph
from imprint.policy.decisions import Admitted, Refused
from imprint.reachability.exposure import Exposure, Reach
from tests.support import audits
from tests.support.lock_graphs import edge, lockfile, package
from tests.support.policies import subject
from tests.support.publications import ALL, history, trusted

LOCKED = lockfile(
    [
        package("a", "b"),
        package("b", version="1.1.0"),
        package("b", key="node_modules/c/node_modules/b", version="1.1.0"),
        package("c", edge("b", "node_modules/c/node_modules/b")),
    ],
    prod=["a"],
    dev=["c"],
)


def scene(**more: Any) -> Scene:
    return Scene(**{"lockfile": LOCKED, "graph": Graph(LOCKED), "reach": {}, **more})


def judged(name="b", version="1.1.0", **more: Any) -> JudgedVersion:
    whole: dict[str, Any] = {
        "subject": subject(name=name, version=version),
        "decision": Admitted(),
        "history": history(trusted("1.0.0", 40), trusted("1.1.0", 10), name=name),
        "carries": ALL,
        "publication": trusted("1.1.0", 10),
    }
    return JudgedVersion(**{**whole, **more})


def version_named(name):
    return next(one for one in versions_of(LOCKED) if one.name == name)


def test_every_place_is_named_and_one_way_in():
    told = audited(version_named("b"), judged(), scene=scene())

    assert told.keys == ("node_modules/b", "node_modules/c/node_modules/b")
    assert told.path == ("app", "a@1.0.0", "b@1.1.0")
    assert told.manifest == "package.json"


def test_the_most_exposed_place_tells_how_it_is_reached():
    reach = {
        "node_modules/b": Reach(exposure=Exposure.DEV_ONLY_INERT),
        "node_modules/c/node_modules/b": Reach(exposure=Exposure.BUILD, proof=("x", "c", "b")),
    }

    told = audited(version_named("b"), judged(), scene=scene(reach=reach))

    assert best_place(version_named("b"), reach).key == "node_modules/c/node_modules/b"
    assert told.reach == reach["node_modules/c/node_modules/b"]
    assert told.path == ("app", "c@1.0.0", "b@1.1.0")


def test_the_line_of_package_json_is_that_of_the_first_on_the_way():
    asked = []

    def line_of(path, name):
        asked.append((path, name))
        return 7

    told = audited(version_named("b"), judged(), scene=scene(line_of_manifest=line_of))

    assert (told.manifest_line, asked) == (7, [("package.json", "a")])


def test_a_timeline_is_told_where_something_happened_or_changed():
    changed = {("b", "1.1.0"): (Change.CHANGED, "1.0.0")}
    odd = judged(subject=subject(name="b", version="1.1.0", events=(audits.event(),)))

    quiet, eventful, touched = (
        audited(version_named("b"), judged(), scene=scene()),
        audited(version_named("b"), odd, scene=scene()),
        audited(version_named("b"), judged(), scene=scene(changes=changed)),
    )

    assert quiet.timeline == ()
    assert [row.version for row in eventful.timeline] == ["1.1.0", "1.0.0"]
    assert [row.is_candidate for row in eventful.timeline] == [True, False]
    assert (touched.change, touched.replaces) == (Change.CHANGED, "1.0.0")
    assert len(touched.timeline) == 2


def test_only_what_is_refused_is_held_back():
    refusal = judged(decision=Refused(reasons=(audits.reason(),)))
    hold = scene(hold_at=lambda _: "1.0.0")

    assert audited(version_named("b"), refusal, scene=hold).hold_at == "1.0.0"
    assert audited(version_named("b"), judged(), scene=hold).hold_at is None


def test_a_version_of_which_nothing_is_known_has_no_publisher():
    told = audited(version_named("b"), judged(publication=None, history=None), scene=scene())

    assert (told.publisher, told.timeline) == ("unknown", ())


def test_what_is_broken_stands_above_what_is_more_exposed():
    broken = Refused(reasons=(audits.reason("integrity-mismatch"),))
    young = Refused(reasons=(audits.reason("release-too-young"),))
    packages = [
        audits.refused("exposed", reach=Reach(exposure=Exposure.INSTALL)),
        audits.refused("a-young", decision=young),
        audits.refused("regressed"),
        audits.refused("tampered", decision=broken),
    ]

    told = ordered((one, subject(name=one.name)) for one in packages)

    assert [one.name for one, _ in told] == ["tampered", "exposed", "regressed", "a-young"]


def test_the_worst_come_first_and_equals_by_name():
    exposed = Reach(exposure=Exposure.INSTALL)
    packages = [
        audits.package("z"),
        audits.package("y"),
        audits.to_review("w"),
        audits.undecided("u"),
        audits.refused("r2"),
        audits.refused("r1", reach=exposed),
        audits.package("x", reach=exposed),
    ]

    told = ordered((one, subject(name=one.name)) for one in packages)

    assert [one.name for one, _ in told] == ["r1", "r2", "u", "w", "x", "y", "z"]
    assert all(one.name == judged_by.name for one, judged_by in told)
