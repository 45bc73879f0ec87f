"""The reference says what the code does."""

import re
from typing import get_args

import pytest
from starlette.routing import Route

from imprint.http import routes
from imprint.publishers import npm_trust_body
from imprint.settings import Settings
from imprint.web.app import PREFIX, build_web
from imprint.web.endpoints import Endpoint
from tests.docs.reference import GENERATED, PAGES, regenerated

GENERATED_PAGES = sorted(PAGES.glob("*.md"))


@pytest.mark.parametrize("path", GENERATED_PAGES, ids=lambda path: path.stem)
def test_generated_parts_are_current(path):
    text = path.read_text(encoding="utf-8")

    assert regenerated(text) == text, "run `python -m tests.docs`"


@pytest.mark.parametrize("name", sorted(GENERATED))
def test_every_generated_part_stands_in_its_page(name):
    assert f"<!-- generated: {name} -->" in text_of(name)


def test_every_setting_is_documented():
    rows = re.findall(
        r"^\| `([a-z_]+)` \| `IMPRINT_\w+` \|.*\| (.+) \|$", text_of("settings"), re.MULTILINE
    )

    assert [name for name, _ in rows] == list(Settings.__struct_fields__)


def test_every_kind_of_route_that_npm_has_is_in_the_page():
    documented = {type(routes.route_of(path)) for _, path in samples()}

    assert documented == set(get_args(routes.Route))


def test_every_path_without_a_parameter_is_in_the_page():
    documented = {path for _, path in samples()}

    assert set(routes._WORDS) - documented == set()


def test_every_method_that_is_documented_is_answered(world):
    answers = {pair: world.request(pair[0], pair[1]) for pair in samples()}

    unknown = [pair for pair, answer in answers.items() if answer.status == 405]

    assert unknown == []


def test_every_route_of_ours_is_in_the_page_and_no_other(world):
    served = {
        (method, route.path.replace(":path", ""))
        for route in build_web(world.app).routes
        if isinstance(route, Route) and isinstance(route.endpoint, Endpoint)
        for method in route.endpoint._methods
        if method != "HEAD" and route.path != PREFIX
    }

    documented = {pair for pair in pairs_of("http") if pair[1].startswith("/-/imprint/")}

    assert documented == served


def test_every_field_of_our_part_of_the_trust_body_is_in_the_page():
    ours = text_of("trust-body").partition("## Our part")[2]
    documented = set(re.findall(r"`([a-z_]+)`", ours))

    assert set(npm_trust_body.Extension.__struct_fields__) - documented == set()


def test_every_field_that_is_only_shown_is_said_to_be():
    shown = text_of("trust-body").partition("The rest is only shown")[2]

    assert set(npm_trust_body.SHOWN_ONLY) - set(re.findall(r"`([a-z_]+)`", shown)) == set()


def text_of(name):
    return (PAGES / f"{name}.md").read_text(encoding="utf-8")


def pairs_of(name):
    return set(re.findall(r"^\| `([A-Z]+) (/[^`]*)`", text_of(name), re.MULTILINE))


def samples():
    """Return what the page documents of npm's routes, with something in each place."""
    return sorted(
        (method, re.sub(r"\{(\w+)\}", lambda place: SAMPLES[place[1]], path))
        for method, path in pairs_of("http")
        if not path.startswith("/-/imprint/")
    )


SAMPLES = {
    "file": "widget-1.0.0",
    "id": "00000000-0000-4000-8000-000000000001",
    "key": "00000000-0000-4000-8000-000000000002",
    "name": "@acme%2fwidget",
    "revision": "1-a",
    "tag": "next",
    "token": "imp_t_x",
    "user": "alice",
    "version": "1.0.0",
    "version_or_tag": "1.0.0",
}
