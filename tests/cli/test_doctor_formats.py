"""What the formats make of a diagnosis with a publish path."""

import json

import pytest
from msgspec.structs import replace

from imprint.cli.render.github import render_annotations
from imprint.cli.render.markdown import mermaid, render_markdown
from imprint.cli.render.sarif import render_sarif
from imprint.doctor.outcome import Outcome
from imprint.doctor.ranking import fold
from imprint.doctor.sentences import how_of
from imprint.doctor.ways import ways_of
from imprint.workflows.findings import Severity
from imprint.workflows.paths.model import Hop, Rank
from tests.doctor.findings import RELEASE, diagnosis, finding, path, span

HOPS = (
    Hop(
        what="checks out a fork's code",
        node="size.yml:size",
        span=span(".github/workflows/size.yml", line=9),
    ),
    Hop(what="saves what the other restores", node="cache", span=None),
    Hop(what="publishes", node="release.yml:publish", span=span(line=21)),
)
WAY = path(Rank.ANON, hops=HOPS)


def outcome(*findings, paths=(WAY,)):
    found = diagnosis(*findings, paths=paths)
    ranking = fold(found.findings, everything=False)
    return Outcome(
        diagnosis=found,
        ranking=ranking,
        default=ranking,
        ignored=(),
        comparison=None,
        shows_paths=False,
        shows_all=False,
    )


@pytest.fixture
def of_path():
    return outcome(finding("anonymous-publish-path", severity=Severity.BLOCK, path=0))


def test_sarif_has_a_path_as_one_code_flow_hop_by_hop(of_path):
    log = json.loads(render_sarif(of_path.diagnosis, of_path.ranking))

    (result,) = log["runs"][0]["results"]
    (flow,) = result["codeFlows"]
    locations = [one["location"] for one in flow["threadFlows"][0]["locations"]]
    assert [one["message"]["text"].split(":")[0] for one in locations] == [
        "size.yml",
        "cache",
        "release.yml",
    ]
    assert [one["physicalLocation"]["region"]["startLine"] for one in locations] == [9, 9, 21]
    assert flow["message"]["text"] == "ANON publishes @acme/widget, on github-2026-07"


def test_sarif_escapes_what_is_no_address():
    odd = finding(span=span(".github/workflows/a b%.yml"))

    log = json.loads(render_sarif(diagnosis(odd), fold([odd], everything=False)))

    location = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == ".github/workflows/a%20b%25.yml"


def test_markdown_draws_a_path(of_path):
    text = render_markdown(of_path)

    assert "#### ANON publishes `@acme/widget`" in text
    assert text.count("```mermaid\nflowchart LR\n") == 1
    assert (
        f"- **block** `anonymous-publish-path`: `anonymous-publish-path` was found (`{RELEASE}:3`)"
        in text
    )


def test_a_drawing_holds_nothing_that_would_end_its_labels():
    nasty = replace(WAY, hops=(Hop(what="x", node='a"]; click h0 "javascript:x"\n', span=None),))

    lines = list(mermaid(nasty, '"] <script>'))

    assert lines[2] == '  p --> h0["a#34;#93;#59; click h0 #34;javascript:x#34;#92;u#123;a#125;"]'
    assert lines[3] == '  h0 --> k[("#34;#93; #60;script#62;")]'


def test_markdown_lets_no_markup_in():
    one = finding(message="<img src=x> [a](b) | *c* `d|e`")

    text = render_markdown(outcome(one, paths=()))

    assert "\\<img src=x\\> \\[a\\](b) \\| \\*c\\* `d\\|e`" in text


def test_annotations_keep_to_their_line():
    one = finding(message="100% of\nit\r::error::x", hint="a,b:c")

    (line,) = render_annotations(fold([one], everything=False)).splitlines()

    assert line == (
        f"::error file={RELEASE},line=3,endLine=3,col=5,title=imprint%3A cache-in-publish::"
        "100%25 of%0Ait\\u{d}::error::x%0Ahint: a,b:c"
    )


def test_paths_that_differ_in_their_package_alone_are_told_once():
    several = [replace(WAY, package=f"@acme/p{number}") for number in range(4)]

    ways = ways_of([*several, path()])

    assert [way.named for way in ways] == ["@acme/p0, @acme/p1 and 2 more", "@acme/widget"]


def test_a_row_that_is_stopped_says_by_what():
    from imprint.doctor.model import Row
    from imprint.workflows.findings import Confidence

    row = Row(
        package="p",
        who="ANON",
        can_publish=False,
        how="a → b",
        stopped_by=("a guard",),
        confidence=Confidence.HIGH,
    )

    assert how_of(row) == "a → b, stopped by a guard"
