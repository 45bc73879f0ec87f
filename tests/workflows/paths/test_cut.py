"""The smallest set of edits after which no outsider publishes."""

from imprint.workflows.paths.cut import smallest_cut
from imprint.workflows.paths.labels import Label
from imprint.workflows.paths.lattice import ANON, WRITER, who
from imprint.workflows.paths.places import Cut, Seed, Way, network_of
from tests.support.paths import RELEASE, analysis
from tests.workflows.paths.test_ways import CACHED, stranger

PACKAGE = ("package", "a", "publish")


def seed(place, *, people=ANON, cut=None, closed_by=()):
    label = Label(people=who(people), hops=(), trigger="x", closed_by=frozenset(closed_by))
    return Seed(place=(place,), label=label, cut=cut)


def way(source, target, *, cost=None, what=None):
    end = PACKAGE if target == "package" else (target,)
    cut = None if cost is None else Cut(what=what or f"{source}-{target}", cost=cost, span=None)
    return Way(source=(source,), target=end, cut=cut)


def cut(seeds, ways):
    return [(one.what, one.cost) for one in smallest_cut(network_of(seeds, ways))]


def test_the_cheaper_of_two_edits_in_a_row_is_taken():
    assert cut([seed("a")], [way("a", "b", cost=5), way("b", "package", cost=1)]) == [
        ("b-package", 1)
    ]


def test_two_ways_need_two_edits_or_one_where_they_meet():
    ways = [
        way("a", "b", cost=1),
        way("a", "c", cost=1),
        way("b", "d"),
        way("c", "d"),
        way("d", "package", cost=3),
    ]

    assert cut([seed("a")], ways) == [("a-b", 1), ("a-c", 1)]


def test_one_edit_that_takes_several_ways_counts_once():
    ways = [
        way("a", "b", cost=3, what="same"),
        way("a", "c", cost=3, what="same"),
        way("b", "package", cost=2),
        way("c", "package", cost=2),
    ]

    assert cut([seed("a")], ways) == [("same", 3)]


def test_where_no_edit_is_known_there_is_none():
    assert cut([seed("a")], [way("a", "package")]) == []


def test_people_with_rights_and_closed_ways_need_no_edit():
    ways = [way("a", "package", cost=1)]

    assert cut([seed("a", people=WRITER)], ways) == []
    assert cut([seed("a", closed_by=["a platform's rule"])], ways) == []


def test_the_cut_of_a_repository_is_an_edit_of_its_file():
    found = analysis({"test.yml": stranger(), "release.yml": CACHED})

    (only,) = found.cut
    assert (only.what, only.cost) == ("restore no cache in release.yml:publish", 1)
    assert (only.span.path, only.span.line) == (".github/workflows/release.yml", 10)


def test_the_edit_does_what_it_says():
    before = analysis({"test.yml": stranger(), "release.yml": CACHED})
    after = analysis({"test.yml": stranger(), "release.yml": RELEASE})

    assert [path.can_publish for path in before.paths] == [True]
    assert [path.can_publish for path in after.paths] == [False]
