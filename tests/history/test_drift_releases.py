"""Anomalies of a release: what it brings, and how it came."""

import pytest

from tests.support.publications import (
    DAY,
    NOW,
    candidate,
    events,
    history,
    neighbours,
    publication,
    told,
    trusted,
)

EXOTIC = ("left@git+https://forge.example/a/left.git",)


def released(*earlier, **more):
    rows = [publication(f"1.0.{patch}", 50 - patch, **one) for patch, one in enumerate(earlier)]
    return candidate(*rows, publication("1.0.9", 3, **more))


@pytest.mark.parametrize(
    ("earlier", "later", "expected"),
    [
        ({}, {"exotic_dependencies": EXOTIC}, {"release-exotic-dependency-added": "error"}),
        (
            {"exotic_dependencies": ("left@github:a/left#1",)},
            {"exotic_dependencies": EXOTIC},
            {},
        ),
        (
            {"exotic_dependencies": ("@a/left@file:x",)},
            {"exotic_dependencies": ("@a/right@file:x",)},
            {"release-exotic-dependency-added": "error"},
        ),
        (
            {},
            {"install_scripts": ("postinstall",)},
            {"release-install-script-added": "error"},
        ),
        ({"install_scripts": ("install",)}, {"install_scripts": ("install",)}, {}),
        ({"install_scripts": ("install",)}, {}, {}),
        ({"unpacked_bytes": 400_000}, {"unpacked_bytes": 1_200_000}, {"release-size-jump": "warn"}),
        ({"unpacked_bytes": 100_000}, {"unpacked_bytes": 500_000}, {}),
        ({"unpacked_bytes": 900_000}, {"unpacked_bytes": 2_000_000}, {}),
        ({}, {"unpacked_bytes": 2_000_000}, {}),
    ],
)
def test_what_a_release_brings_that_the_line_had_not_is_told(earlier, later, expected):
    assert told(released(earlier, **later)) == expected


def test_the_first_release_of_a_package_brings_nothing_new():
    alone = publication("1.0.0", 3, exotic_dependencies=EXOTIC, unpacked_bytes=2_000_000)

    assert told(candidate(alone)) == {}


@pytest.mark.parametrize(
    ("days_ago", "more", "expected"),
    [
        (3, {}, {"release-install-script-added": "error"}),
        (29, {}, {"release-install-script-added": "error"}),
        (30, {}, {}),
        # A change under review brings in a package that is old: others have lived with it.
        (900, {"is_introduced": True}, {}),
        (None, {}, {}),
    ],
)
def test_a_new_package_that_runs_a_script_has_nothing_to_be_compared_with(days_ago, more, expected):
    alone = publication("1.0.0", days_ago, install_scripts=("install",))

    assert told(candidate(alone, **more)) == expected


def test_a_second_release_makes_the_script_of_a_new_package_no_more_usual():
    rows = [
        publication(f"1.0.{patch}", 9 - patch, install_scripts=("install",)) for patch in (0, 1)
    ]

    (event,) = events(candidate(*rows))

    assert event.message == (
        "runs `install` at installation, as a package that is new: its first release was on "
        "2026-03-22"
    )
    assert event.until == NOW + 21 * DAY
    assert event.release == "the package's age, on 2026-04-21, or an acceptance"


def test_a_new_line_is_compared_with_the_release_before_it():
    rows = [publication("1.0.0", 50), publication("2.0.0", 3, install_scripts=("install",))]

    assert told(candidate(*rows)) == {"release-install-script-added": "error"}


@pytest.mark.parametrize(("age", "is_told"), [(3.1, True), (32, True), (34, False)])
def test_what_is_new_stays_new_for_as_long_as_a_release_is_fresh(age, is_told):
    rows = [
        publication("1.0.0", 90),
        publication("1.0.1", age, install_scripts=("install",)),
        publication("1.0.2", 3, install_scripts=("install",)),
    ]

    assert ("release-install-script-added" in told(candidate(*rows))) is is_told


def test_an_old_release_has_no_more_than_notes_except_for_exotic_dependencies():
    rows = [
        publication("1.0.0", 90, unpacked_bytes=1),
        publication(
            "1.0.1",
            60,
            unpacked_bytes=9_000_000,
            install_scripts=("install",),
            exotic_dependencies=EXOTIC,
        ),
    ]

    assert told(candidate(*rows)) == {
        "release-exotic-dependency-added": "error",
        "release-install-script-added": "info",
        "release-size-jump": "info",
    }


def newborn(part, name="part", age_days=4.0, parent=None, **more):
    rows = [publication("1.0.0", 50), publication("1.0.1", 3, dependencies=(name,), **more)]
    born = history(publication("1.0.0", age_days, **part), name=name)
    judged = candidate(
        history=history(*rows, name=parent or "widget"),
        version="1.0.1",
        neighbour=neighbours(born).get,
    )
    return told(judged).get("release-newborn-dependency")


@pytest.mark.parametrize(
    ("part", "more", "severity"),
    [
        ({"user": "mallory"}, {}, "error"),
        ({"user": "alice"}, {}, "info"),
        ({"user": "mallory"}, {"trusted_publisher": "github"}, "warn"),
        ({"user": None}, {}, "warn"),
        ({"user": "mallory"}, {"approver": "alice"}, "warn"),
    ],
)
def test_a_newborn_dependency_is_as_bad_as_who_published_both(part, more, severity):
    assert newborn(part, **more) == severity


@pytest.mark.parametrize(
    ("age_days", "is_told"), [(3, True), (9.9, True), (10.1, False), (2, True)]
)
def test_a_dependency_is_newborn_for_a_week_before_the_release(age_days, is_told):
    assert (newborn({"user": "mallory"}, age_days=age_days) is not None) is is_told


def test_a_dependency_of_the_same_scope_is_a_helper():
    found = newborn({"user": "mallory"}, name="@acme/part", parent="@acme/widget")

    assert found == "info"


def test_a_dependency_that_nobody_knows_is_not_judged():
    rows = [publication("1.0.0", 50), publication("1.0.1", 3, dependencies=("part",))]

    assert told(candidate(*rows)) == {}


def test_a_written_repository_makes_no_helper_and_one_with_provenance_does():
    same = {"repository": "github:acme/widget"}
    machine = {"user": "GitHub Actions", "trusted_publisher": "github"}
    proved = {"provenance_type": "p", "has_attestations": True}

    assert newborn({**same, "user": "mallory"}, **same) == "error"
    assert newborn({**same, **machine, **proved}, **same, **machine, **proved) == "info"
    assert newborn({**same, **machine}, **machine, **same) == "warn"


@pytest.mark.parametrize(
    ("minutes", "siblings", "is_told"), [(10, 5, True), (10, 4, False), (20, 5, False)]
)
def test_a_burst_needs_a_second_release_and_five_siblings(minutes, siblings, is_told):
    rows = [publication("1.0.0", 50), publication("1.0.1", 3 - minutes / 1440)]
    judged = candidate(
        *rows,
        publication("1.0.2", 3),
        burst_of=tuple(f"sibling-{number}" for number in range(siblings)),
    )

    assert told(judged) == ({"release-burst": "warn"} if is_told else {})


@pytest.mark.parametrize(("days_ago", "is_told"), [(0.0, True), (0.99, True), (1.0, False)])
def test_a_release_is_held_until_the_cooldown_is_over(days_ago, is_told):
    found = events(candidate(publication("1.0.0", days_ago)))

    assert [(event.id, event.until) for event in found] == (
        [("release-too-young", NOW + (1 - days_ago) * DAY)] if is_told else []
    )


def test_without_a_cooldown_nothing_is_too_young():
    assert events(candidate(trusted("1.0.0", 0)), cooldown_seconds=0) == ()
