"""The page: self-contained, well formed, and the same in words as in drawings."""

import importlib
import re

import pytest

from imprint.cli.render.audit.html import render_html
from imprint.policy.decisions import Refused
from tests.cli.audit_render.pages import Page
from tests.support.audits import (
    DAY,
    NOW,
    audit,
    difference,
    hostile,
    many,
    package,
    reason,
    refused,
    release,
)


@pytest.fixture(scope="module")
def page():
    return Page(render_html(audit()))


def test_it_fetches_nothing_and_runs_nothing(page):
    assert {"script", "link", "img", "iframe", "object", "embed", "base"} & set(page.tags) == set()
    assert all(re.fullmatch(r"#[a-z]+", address) for address in page.addresses)
    assert page.handlers == []
    assert not any(re.search(r"url\(|@import|expression", style) for style in page.styles)


def test_its_policy_forbids_the_rest(page):
    (policy,) = [meta["content"] for meta in page.metas if "http-equiv" in meta]

    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'")


def test_it_is_well_formed_and_its_ids_are_unique(page):
    assert page.misnested == []
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))
    assert {address[1:] for address in page.addresses} <= set(page.ids)


def test_it_has_headings_and_each_table_a_caption(page):
    assert page.tags.count("h1") == 1
    assert page.tags.count("caption") == page.tags.count("table") > 4
    assert page.tags.count("h3") == 4


def test_it_says_in_words_what_the_charts_say(page):
    text = " ".join(" ".join(page.text).split())

    assert "L5 4 trusted publisher and provenance" in text
    assert "needed by what is imported, or more 5 runtime-closure" in text
    assert "Of 1 packages nobody looked how they are reached." in text
    assert "1.14.1 (this one)" in text
    assert "axios@1.14.1" in text
    assert "checked 5 of 6 packages" in text


def test_drawing_leaves_imports_as_they_were():
    render_html(audit())

    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("imprint.there_is_no_such_module")


def test_the_same_audit_gives_the_same_page():
    assert render_html(audit()) == render_html(audit())


def test_publications_of_one_moment_make_a_chart():
    at = NOW - 40 * DAY
    rows = (release("1.0.0", published=at), release("1.0.1", published=at))

    page = Page(render_html(audit(refused("twins", timeline=rows))))

    assert "Publications of its line, the newest first" in " ".join(page.text)


def test_it_follows_the_reader_in_light_and_dark(page):
    assert any("prefers-color-scheme: dark" in style for style in page.styles)


def test_a_difference_tells_what_is_gone():
    text = " ".join(Page(render_html(difference())).text)

    assert "left@1.0.0" in text
    assert "1.14.0 → 1.14.1" in text


@pytest.mark.parametrize(
    "text",
    [
        '"><script>alert(1)</script>',
        "</style><svg onload=alert(1)>",
        "{{ 7 * 7 }}{% raw %}",
        "javascript:alert(1)",
        "<!-- --> <![CDATA[",
    ],
)
def test_no_text_of_others_is_markup(text):
    plain, bad = Page(render_html(hostile("x"))), Page(render_html(hostile(text)))

    assert bad.tags == plain.tags
    assert bad.addresses == plain.addresses
    assert bad.handlers == []
    assert text in " ".join(bad.text)


def test_what_turns_a_line_round_is_shown():
    html = render_html(audit(refused("evil\u202egnp.exe"), package("a\x1b[31m")))

    assert "evil\\u{202e}gnp.exe" in html
    assert "\u202e" not in html
    assert "\x1b" not in html


def test_two_thousand_packages_make_a_page_of_a_few_megabytes():
    html = render_html(many(2000))

    assert len(html) < 4_000_000
    assert Page(html).misnested == []


def test_what_somebody_has_to_look_at_stands_above_every_chart(page):
    html = render_html(audit())

    places = [html.index(f'id="{name}"') for name in ("blocked", "review", "unchecked", "grades")]
    assert places == sorted(places)
    assert html.index('id="grades"') < html.index('id="improved"')


def test_a_count_has_no_fractions():
    paths = [("app@1.0.0", "top@1.0.0", f"p{number}@1.0.0") for number in range(5)]
    html = render_html(audit(*(package(path[2][:2], path=path) for path in paths)))
    chart = html[html.index("Packages by dependency and grade") :]

    labels = re.findall(r"<text[^>]*>([0-9.,]+)</text>", chart[: chart.index("</figure>")])
    assert labels
    assert not [label for label in labels if "." in label]


def test_of_many_of_a_kind_most_are_folded():
    html = render_html(audit(*(refused(f"p{number}") for number in range(30))))

    assert "<summary>20 more blocked</summary>" in html


def test_commands_within_a_text_are_code_and_markup_of_others_is_not():
    told = Refused(reasons=(reason(message="runs `<b>postinstall</b>` and ends `here"),))
    paired = Refused(reasons=(reason(message="runs `<b>x</b>`"),))

    odd, even = (render_html(audit(refused(decision=one))) for one in (told, paired))

    assert "runs `&lt;b&gt;postinstall" in odd
    assert "runs <code>&lt;b&gt;x&lt;/b&gt;</code>" in even


def test_dependencies_that_bring_themselves_alone_make_no_chart():
    single = render_html(audit(package(), package("other")))

    assert "branches" in single
    assert "Packages by dependency and grade" not in single
