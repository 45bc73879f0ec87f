"""The order of findings, and what is folded."""

from msgspec.structs import replace

from imprint.doctor.ranking import CAUSES, MOST_GROUPS, OTHERS_FIRST, fold, rank, strength
from imprint.workflows.checks.pages import page_ids
from imprint.workflows.findings import Confidence, Persona, Severity
from imprint.workflows.paths.model import Principal, Rank
from tests.doctor.findings import finding, path, span


def names(findings):
    return [one.check for one in findings]


def test_whoever_is_weak_and_can_publish_comes_before_all_else():
    breaks = finding("npm-too-old", severity=Severity.BLOCK)
    anyone = finding("anonymous-publish-path", severity=Severity.HIGH, path=0)

    assert names(rank([breaks, anyone], [path(Rank.ANON)])) == [
        "anonymous-publish-path",
        "npm-too-old",
    ]


def test_a_path_that_is_stopped_lifts_nothing():
    breaks = finding("npm-too-old", severity=Severity.BLOCK)
    stopped = finding("anonymous-publish-path", severity=Severity.HIGH, path=0)

    ranked = rank([stopped, breaks], [path(Rank.ANON, can_publish=False)])

    assert names(ranked) == ["npm-too-old", "anonymous-publish-path"]


def test_of_equal_severity_what_a_path_goes_through_comes_first():
    beside = finding("a-beside", line=40)
    through = finding("b-through", line=3)

    assert names(rank([beside, through], [path()])) == ["b-through", "a-beside"]


def test_the_linter_beside_ours_is_never_a_headline():
    foreign = finding("zizmor/unpinned-uses", severity=Severity.BLOCK)
    ours = finding("always-auth", severity=Severity.LOW)

    assert names(rank([foreign, ours], [])) == ["always-auth", "zizmor/unpinned-uses"]
    assert names(one.first for one in fold([ours, foreign], everything=False).shown) == [
        "always-auth"
    ]


def test_one_check_in_many_places_is_one():
    many = [finding(line=line) for line in (3, 9, 12)]

    (group,) = fold(many, everything=False).shown

    assert group.first.span.line == 3
    assert [one.span.line for one in group.others] == [9, 12]


def test_at_most_five_are_shown_and_the_rest_is_counted():
    many = [finding(f"check-{number}") for number in range(8)]

    ranking = fold(many, everything=False)

    assert len(ranking.shown) == MOST_GROUPS
    assert ranking.folded_by_severity() == ((Severity.HIGH, 3),)


def test_what_is_unsure_or_for_auditors_is_folded_but_never_lost():
    few = [
        finding("unsure", severity=Severity.MEDIUM, confidence=Confidence.LOW),
        finding("for-auditors", persona=Persona.AUDITOR),
        finding("for-information", severity=Severity.INFO),
    ]

    assert fold(few, everything=False).shown == ()
    assert names(fold(few, everything=False).folded) == names(few)
    assert len(fold(few, everything=True).shown) == 3


def test_a_path_is_as_strong_as_the_strongest_of_those_who_take_part():
    two = (Principal(rank=Rank.ANON), Principal(rank=Rank.WRITER))

    assert (
        strength(path(Rank.ANON))
        < strength(path(Rank.WRITER))
        == strength(replace(path(), who=two))
    )


def test_places_decide_last():
    later, earlier = finding("a", line=9), finding("b", line=2, span=span(line=2))

    assert names(rank([later, earlier], [])) == ["b", "a"]


def test_what_needs_somebody_else_to_be_broken_into_comes_after_its_equals():
    supply = replace(path(), who=(Principal(rank=Rank.SUPPLY, of="npm"),))
    pinned = finding("unpinned-action", severity=Severity.HIGH)
    reached = finding("token-in-reach", severity=Severity.MEDIUM, path=0)
    plain = finding("another", severity=Severity.HIGH)
    smaller = finding("smaller", severity=Severity.MEDIUM)

    ranked = names(rank([pinned, reached, plain, smaller], [supply]))

    assert ranked[0] == "another"
    assert ranked[-1] == "token-in-reach"


def test_a_cause_comes_before_what_makes_it_worse():
    worse, cause = finding("secrets-near"), finding("wide-trigger", line=40)

    assert names(rank([worse, cause], [])) == ["wide-trigger", "secrets-near"]


def test_every_check_that_the_order_names_is_one():
    assert {*CAUSES, *OTHERS_FIRST} <= set(page_ids())
