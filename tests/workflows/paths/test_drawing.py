"""Paths for people: lines, Mermaid, SARIF steps, the table."""

from imprint.workflows.facts import Facts
from imprint.workflows.paths.drawing import flow, grouped, mermaid, plain
from imprint.workflows.paths.table import who_can_publish
from tests.support.paths import analysis
from tests.workflows.paths.test_ways import CACHED, stranger

FILES = {"test.yml": stranger(), "release.yml": CACHED}


def group(profile="github-2026-05"):
    return [
        one
        for one in grouped(analysis(FILES, profile=profile).paths)
        if one.path.package == "@acme/lib"
    ]


def test_a_path_is_drawn_with_the_place_of_each_hop():
    (only,) = group()

    assert plain(only).splitlines() == [
        "ANON can publish @acme/lib, on pull_request_target",
        (
            "  ├─ test.yml:test: checks out ${{ github.event.pull_request.head.sha }} "
            "and runs npm ci  .github/workflows/test.yml:10"
        ),
        (
            "  ├─ cache(forged key): saves a cache of main under a key that it makes up; the other "
            "job restores a cache by actions/cache@v4  .github/workflows/release.yml:10"
        ),
        "  └─ release.yml:publish: runs it, and publishes  .github/workflows/release.yml:5",
    ]


def test_a_stopped_path_says_by_what():
    (only,) = group("github-2026-07")

    lines = plain(only).splitlines()
    assert lines[0] == "ANON could publish @acme/lib, on pull_request_target"
    assert lines[-1].startswith("  stopped by: caches are read-only")


def test_code_that_leads_nowhere_is_said_to():
    found = analysis({"test.yml": stranger()})

    (only,) = grouped(found.paths)
    assert plain(only).splitlines()[0] == (
        "ANON runs code, on pull_request_target; no way to a publication was found"
    )


def test_mermaid_has_a_node_for_each_hop_once():
    assert mermaid(group()) == (
        "flowchart LR\n"
        '  n0(["ANON"])\n'
        '  n1["test.yml:test (test.yml:10)"]\n'
        "  n0 --> n1\n"
        '  n2["cache(forged key) (release.yml:10)"]\n'
        "  n1 --> n2\n"
        '  n3["release.yml:publish (release.yml:5)"]\n'
        "  n2 --> n3\n"
        '  n4[["@acme/lib"]]\n'
        "  n3 --> n4\n"
    )


def test_a_name_in_a_file_cannot_end_a_label():
    job = '"a]<b>#`"'
    text = stranger().replace("  test:\n", f"  '{job}':\n")

    drawn = mermaid(grouped(analysis({"test.yml": text}).paths))

    assert all(line.count('"') in {0, 2} for line in drawn.splitlines())
    assert "<" not in drawn


def test_a_flow_has_a_step_for_each_hop():
    (only,) = group()

    steps = [(step.path, step.line, step.nesting) for step in flow(only.path)]
    assert steps == [
        (".github/workflows/test.yml", 10, 0),
        (".github/workflows/release.yml", 10, 1),
        (".github/workflows/release.yml", 5, 2),
    ]


def test_packages_with_the_same_way_share_a_row():
    names = [f"@acme/{letter}" for letter in "abcd"]
    files = {f"packages/{name[-1]}/package.json": f'{{"name": "{name}"}}' for name in names}
    files["package.json"] = '{"name": "root", "private": true, "workspaces": ["packages/*"]}'
    release = CACHED.replace("npm publish", "npm publish --workspaces")

    found = analysis({**files, "test.yml": stranger(), "release.yml": release}, facts=Facts())

    rows = [row for row in who_can_publish(found) if row.who == "ANON"]
    assert [row.package for row in rows] == ["@acme/a, @acme/b, @acme/c and 1 more"]
