"""`imprint report --upstream`: a ready issue text."""

from __future__ import annotations

import pytest

from imprint.cli.render.upstream_issue import EvidenceRow, UpstreamIssue, render_issue
from imprint.history.axes import Grade
from tests.support.audits import event
from tests.support.packuments import TOKEN, TRUSTED, packument
from tests.support.upstream_registry import upstream_registry

NAME = "@acme/widget"


@pytest.fixture
def upstream():
    with upstream_registry() as found:
        yield found


def test_a_release_by_token_after_trusted_ones_becomes_a_question(imprint, upstream):
    versions = [(f"1.{n}.0", 60 - n * 10, TRUSTED, True) for n in range(4)]
    upstream.put(NAME.replace("/", "%2f"), packument(*versions, ("1.4.0", 2, TOKEN, False)))

    ran = imprint("report", "--upstream", NAME, "--registry", upstream.url)

    assert ran.code == 0
    assert "title: @acme/widget@1.4.0 was published in another way than releases before" in ran.err
    assert "**was this release yours, and made as you meant it?**" in ran.out
    assert "`auth-regressed`" in ran.out
    assert "| **`1.4.0`** |" in ran.out
    assert "| `1.3.0` |" in ran.out
    assert "npm view @acme/widget@1.4.0 _npmUser dist.attestations --json" in ran.out


def test_json_has_the_text_and_its_parts(imprint, upstream):
    upstream.put(NAME.replace("/", "%2f"), packument(("1.0.0", 90, TOKEN, False)))

    words = ("report", "--upstream", f"{NAME}@1.0.0", "--registry", upstream.url)
    ran = imprint(*words, "--format", "json")

    assert ran.json["title"] == "Could @acme/widget be published with trusted publishing?"
    assert ran.json["summary"] == {"events": 0, "releases": 1}
    assert ran.json["body"].startswith("Hello, and thank you")


def test_nothing_is_asked_where_all_is_well(imprint, upstream):
    versions = [(f"1.{n}.0", 60 - n * 10, TRUSTED, True) for n in range(4)]
    upstream.put(NAME.replace("/", "%2f"), packument(*versions))

    ran = imprint("report", "--upstream", NAME, "--registry", upstream.url)

    assert (ran.code, ran.out) == (1, "")
    assert "is published as before, by a trusted publisher" in ran.err


def test_a_version_that_is_not_there_is_said(imprint, upstream):
    upstream.put(NAME.replace("/", "%2f"), packument(("1.0.0", 90, TOKEN, False)))

    ran = imprint("report", "--upstream", f"{NAME}@9.9.9", "--registry", upstream.url)

    assert ran.code == 2
    assert "has no version or dist-tag `9.9.9`" in ran.err


def test_no_text_of_others_is_markup_in_the_issue():
    bad = "`x` <b> @everyone ](y) |\n# z"
    issue = UpstreamIssue(
        name="widget",
        version="1.0.0",
        grade=Grade.L1,
        events=(event(message=bad, before=bad, after=bad, since=bad),),
        rows=(EvidenceRow(version=bad, published=None, grade=Grade.L1, publisher=bad),),
    )

    text = render_issue(issue)

    assert "\\<b\\> `@everyone` \\]" in text
    assert "\n# z" not in text
    assert "registry.npm" not in text
