"""What others write, in every field, through every format."""

import json
import re
from xml.etree import ElementTree as ET

import pytest

from imprint.cli.render.audit.formats import FORMATS, render
from imprint.cli.render.audit.layout import Layout
from tests.support.audits import hostile

TEXTS = {
    "ansi": "\x1b[31mred\x1b]0;title\x07",
    "lines": "a\nb\r\nc\x0b\x0c\x85d\u2028e",
    "control": "\x00\x01\x7f\x9b",
    "bidi": "a\u202eb\u2066c\u200f",
    "command": "\n::error file=x::owned\n::stop-commands::x",
    "steering": "x ::stop-commands::x ::add-mask::a ##[set-output name=x]y ##vso[task.x]y ###[x",
    "teamcity": "##teamcity[x] ##VSO[task.setvariable variable=PATH]/evil",
    "address": "https://evil.example.test/#a#b%zz",
    "percent": "100%0A::error::x,line=1:2",
    "markdown": "](x) **b** | `c` <img src=x> @everyone #1 https://evil.example.test `",
    "comment": "--> <script>alert(1)</script> <!-- ]]>",
    "quotes": "\"'`\\$(id)",
    "long": "x" * 5000,
    "empty": "",
    "surrogate": "\ud800",
}
UNSEEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)
BY_LINES = ("plain", "markdown", "github", "junit", "html")


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_no_text_stops_a_report(name, text):
    assert render(hostile(text), name).endswith("\n")


@pytest.mark.parametrize("name", BY_LINES)
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_what_is_not_seen_is_spelled(name, text):
    assert UNSEEN.search(render(hostile(text), name)) is None


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_no_text_steers_the_job_whose_log_it_is_in(name, text):
    layout = Layout(width=20, shows_all=True)

    lines = render(hostile(text), name, layout=layout).splitlines()

    # As the runners look for them: GitHub's, Azure's, TeamCity's.
    begun = [line for line in lines if line.lstrip().startswith("::")]
    assert name == "github" or not begun
    assert not re.search(r"##(vso|teamcity)?\[", "\n".join(lines), re.IGNORECASE)


@pytest.mark.parametrize("name", ["plain", "markdown", "github"])
def test_no_text_makes_a_line_of_its_own(name):
    calm, torn = hostile("x"), hostile("x\nx\r\nx")

    layout = Layout(width=10_000, shows_all=True)
    assert len(render(calm, name, layout=layout).splitlines()) == len(
        render(torn, name, layout=layout).splitlines()
    )


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_every_line_for_github_is_a_command_of_ours(text):
    lines = render(hostile(text), "github").split("\n")[:-1]

    command = re.compile(r"::(error|warning) file=[^,:]*,line=\d+,title=imprint%3A [^,:]*::")
    assert all(command.match(line) for line in lines[:-1])
    assert lines[-1].startswith("::notice title=imprint::checked ")


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_formats_for_programs_stay_what_they_are(text):
    for name in ("json", "sarif", "gitlab", "cyclonedx"):
        json.loads(render(hostile(text), name))
    for line in render(hostile(text), "jsonl").split("\n")[:-1]:
        json.loads(line)
    ET.fromstring(render(hostile(text), "junit"))  # ours, just written


def test_sarif_makes_no_link_of_what_others_wrote():
    log = json.loads(render(hostile("[click](https://evil.example.test)"), "sarif"))

    results = log["runs"][0]["results"]
    told = [one["message"]["text"] for one in results]
    told += [
        place["message"]["text"] for one in results for place in one.get("relatedLocations", [])
    ]
    assert any("[click] (" in text for text in told)
    assert not any("](" in text for text in told)


def test_a_marker_cannot_be_closed_by_a_path():
    first = render(hostile("--> x"), "markdown").splitlines()[0]

    assert re.fullmatch(r"<!-- imprint-audit [0-9a-f]{12} -->", first)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_outside_code_markdown_has_no_markup_of_others(text):
    for line in render(hostile(text), "markdown").splitlines():
        without = re.sub(r"(?<!\\)`[^`]*`", "", line)
        without = re.sub(r"\\.", "", without)
        without = re.sub(r"</?(details|summary|sub|br)( open)?>|<!-- imprint.*-->", "", without)
        assert re.search(r"<[a-z!/]|\]\(|\*\*|@\w|://|#\d", without) is None, without


def test_a_comment_stays_below_the_platforms_limit():
    assert len(render(hostile("|" * 5000), "markdown")) < 60_000


def test_a_command_to_type_is_quoted_for_the_shell():
    from tests.support.audits import audit, refused

    text = render(
        audit(refused("x;rm -rf ~", hold_at="1 $(id)")), "plain", layout=Layout(width=500)
    )

    assert "`npm install 'x;rm -rf ~@1 $(id)'`" in text
