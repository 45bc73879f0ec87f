"""The page at /-/imprint/: whole by itself, and nothing of it can run or be framed."""

from __future__ import annotations

import base64
import hashlib
import re


def test_the_page_says_how_to_point_npm_at_it(site):
    answer = site.request("GET", "/-/imprint/")

    page = answer.body.decode()
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "registry=https://registry.example.test/" in page
    assert "<code>npm:registry.example.test</code>" in page


def test_the_policy_allows_its_own_style_and_nothing_else(site):
    answer = site.request("GET", "/-/imprint/")

    style = re.search(r"<style>(.*?)</style>", answer.body.decode(), re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert answer.headers["content-security-policy"] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'none'"
    )


def test_the_page_loads_nothing(site):
    page = site.request("GET", "/-/imprint/").body.decode()

    assert not re.search(r"<(script|link|img|iframe)|src=|url\(|@import", page)


def test_without_its_slash_the_page_is_next_door(site):
    answer = site.request("GET", "/-/imprint")

    assert (answer.status, answer.headers["location"]) == (308, "/-/imprint/")


def test_the_root_leads_to_the_page(site):
    answer = site.request("GET", "/")

    assert (answer.status, answer.headers["location"]) == (302, "/-/imprint/")
