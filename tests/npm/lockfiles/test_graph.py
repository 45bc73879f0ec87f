"""How a package comes into a project."""

import itertools

import pytest

from imprint.npm.lockfiles.graph import MOST_STEPS, Graph
from imprint.npm.lockfiles.model import EdgeKind
from tests.support.locked import lockfile

#   project -> a -> b -> c      project -dev-> d -> c -> e     project -optional-> f -> g
#   packages/x -> d (peer) h    nothing -> z
LOCKFILE = lockfile(
    {"": ["a", "dev:d", "optional:f"], "packages/x": ["i"]},
    {
        "a": ["b"],
        "b": ["c"],
        "c": ["e", "a"],
        "d": ["c", "optional:g", "j"],
        "e": [],
        "f": ["g", "missing"],
        "g": [],
        "h": [],
        "i": ["peer?:j", "peer:h"],
        "j": ["c"],
        "z": ["a"],
    },
)


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("a", ["a"]),
        ("c", ["a", "b", "c"]),
        ("e", ["a", "b", "c", "e"]),
        ("d", ["d"]),
        ("g", ["f", "g"]),
        ("j", ["i", "j"]),
        ("z", []),
        ("not-there", []),
    ],
)
def test_a_path_is_the_shortest_without_dev_edges(key, path):
    assert list(Graph(LOCKFILE).path_to(key)) == path


@pytest.mark.parametrize(("key", "project"), [("e", ""), ("h", "packages/x"), ("z", None)])
def test_a_path_starts_in_a_project(key, project):
    assert Graph(LOCKFILE).project_of(key) == project


def test_a_shorter_path_over_a_dev_edge_is_taken_only_where_there_is_no_other():
    graph = Graph(
        lockfile({"": ["dev:a", "b"]}, {"a": ["c", "d"], "b": ["e"], "c": [], "d": [], "e": ["c"]})
    )

    assert graph.path_to("c") == ("b", "e", "c")
    assert graph.path_to("d") == ("a", "d")


def test_dependents_are_packages():
    graph = Graph(LOCKFILE)

    assert graph.dependents("c") == ("b", "d", "j")
    assert graph.dependents("i") == ()


def test_a_closure_goes_over_the_kinds_that_are_wanted():
    graph = Graph(LOCKFILE)

    assert graph.closure(["f"]) == {"f", "g"}
    assert graph.closure(["d"], [EdgeKind.PROD]) == {"d", "c", "e", "a", "b", "j"}
    assert graph.closure(["i"], [EdgeKind.PEER]) == {"i", "h", "j"}
    assert graph.closure(["not-there"]) == set()


def test_dev_only_is_what_every_project_reaches_over_dev_edges_alone():
    assert Graph(LOCKFILE).dev_only == {"d"}


def test_optional_only_is_what_is_reached_over_optional_edges_alone():
    assert Graph(LOCKFILE).optional_only == {"f", "g"}


def test_what_is_dev_here_and_optional_there_is_neither():
    graph = Graph(
        lockfile({"": ["dev:a", "optional:b"]}, {"a": ["c"], "b": ["c"], "c": ["d"], "d": []})
    )

    assert graph.dev_only == {"a"}
    assert graph.optional_only == {"b"}


def test_what_is_optional_to_a_development_dependency_is_both():
    graph = Graph(lockfile({"": ["dev:a"]}, {"a": ["optional:b"], "b": ["c"], "c": []}))

    assert graph.dev_only == {"a", "b", "c"}
    assert graph.optional_only == {"b", "c"}


def test_of_a_way_without_an_end_its_first_and_last_steps_are_told():
    names = [f"p{number}" for number in range(3 * MOST_STEPS)]
    chain = {name: [after] for name, after in itertools.pairwise(names)}
    graph = Graph(lockfile({"": ["p0"]}, {**chain, names[-1]: []}))

    path = graph.path_to(names[-1])

    assert path == ("p0", *names[-MOST_STEPS + 1 :])
    assert graph.project_of(names[-1]) == ""
