"""By which ways a package comes into a project."""

from hypothesis import given
from hypothesis import strategies as st

from imprint.audit.ways import label_of, labels_of, near_names, ways_into
from imprint.npm.lockfiles.model import EdgeKind
from tests.support.lock_graphs import edge, lockfile, package


def test_each_dependency_that_leads_there_is_one_way_the_shortest_first():
    found = lockfile(
        [package("express", "qs", "body"), package("body", "qs"), package("qs")],
        prod=["express", "body"],
    )

    (place,) = ways_into(found, "qs")

    assert [labels_of(found, way.keys) for way in place.ways] == [
        ("body@1.0.0", "qs@1.0.0"),
        ("express@1.0.0", "qs@1.0.0"),
    ]
    assert place.dependents == ("node_modules/express", "node_modules/body")


def test_of_two_as_short_production_comes_first():
    found = lockfile([package("a", "qs"), package("b", "qs"), package("qs")], dev=["a"], prod=["b"])

    (place,) = ways_into(found, "qs")

    assert [way.kind for way in place.ways] == [EdgeKind.PROD, EdgeKind.DEV]


def test_a_workspace_has_a_package_json_of_its_own():
    found = lockfile([package("qs")], prod=["qs"], workspaces={"packages/api": ["qs"]})

    (place,) = ways_into(found, "qs")

    assert [way.manifest for way in place.ways] == ["package.json", "packages/api/package.json"]


def test_every_place_has_its_own_ways():
    nested = package("qs", key="node_modules/a/node_modules/qs", version="2.0.0")
    found = lockfile(
        [package("a", edge("qs", nested.key)), nested, package("qs")], prod=["a", "qs"]
    )

    places = ways_into(found, "qs")

    assert [(one.package.version, len(one.ways[0].keys)) for one in places] == [
        ("2.0.0", 2),
        ("1.0.0", 1),
    ]
    assert len(ways_into(found, "qs", "2.0.0")) == 1


def test_an_alias_is_found_by_both_names():
    found = lockfile(
        [package("very-long", key="node_modules/short", alias="short")], prod=["short"]
    )

    assert ways_into(found, "short") == ways_into(found, "very-long") != ()
    assert label_of(ways_into(found, "short")[0].package) == "short (very-long@1.0.0)"


def test_a_circle_ends():
    found = lockfile([package("a", "b"), package("b", "a")], prod=["a"])

    (place,) = ways_into(found, "b")

    assert place.ways[0].keys == ("node_modules/a", "node_modules/b")


def test_what_no_project_needs_has_no_way():
    (place,) = ways_into(lockfile([package("lonely")]), "lonely")

    assert place.ways == ()


def test_names_that_are_near_are_named():
    found = lockfile([package("lodash"), package("lodash.merge"), package("qs")])

    assert near_names(found, "lodahs") == ("lodash",)
    assert near_names(found, "lodash") == ("lodash", "lodash.merge")
    assert near_names(found, "erge") == ("lodash.merge",)
    assert near_names(found, "zzzzzz") == ()


@given(
    st.lists(
        st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda pair: pair[0] != pair[1]),
        max_size=30,
    ),
    st.sets(st.integers(0, 7), min_size=1),
)
def test_every_way_is_one_of_edges_and_none_is_left_out(pairs, roots):
    needs = {number: {f"p{b}" for a, b in pairs if a == number} for number in range(8)}
    found = lockfile(
        [package(f"p{number}", *sorted(needs[number])) for number in range(8)],
        prod=[f"p{number}" for number in sorted(roots)],
    )

    (place,) = ways_into(found, "p0")

    for way in place.ways:
        assert way.keys[-1] == "node_modules/p0"
        for above, below in zip(way.keys, way.keys[1:], strict=False):
            assert any(one.target == below for one in found.packages[above].edges)
    assert {int(way.keys[0][-1]) for way in place.ways} == {
        number for number in roots if reaches(needs, number)
    }


def reaches(needs, start):
    seen, todo = set(), [f"p{start}"]
    while todo:
        at = todo.pop()
        if at not in seen:
            seen.add(at)
            todo.extend(needs[int(at[1:])])
    return "p0" in seen
