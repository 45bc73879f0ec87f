"""The report for people: a screenful, as wide as the screen, in any terminal."""

import io
import re

import pytest

from imprint.audit.model import Coverage
from imprint.cli.render.audit.layout import Layout, layout_of
from imprint.cli.render.audit.plain import render_plain
from imprint.policy.decisions import Admitted, Refused, Undecided
from imprint.policy.model import Mode
from imprint.reachability.exposure import Exposure, Reach
from tests.support.audits import (
    audit,
    difference,
    improved,
    many,
    package,
    reason,
    refused,
    undecided,
    warning,
)


@pytest.mark.parametrize("height", [20, 40, 60])
def test_it_is_at_most_a_screenful(height):
    lines = render_plain(many(500), Layout(height=height)).splitlines()

    assert len(lines) <= height


def test_what_does_not_fit_is_counted_and_all_shows_it():
    each = [
        refused(f"p{n}", decision=Refused(reasons=(reason(message=f"published on day {n}"),)))
        for n in range(50)
    ]
    folded = render_plain(audit(*each))
    whole = render_plain(audit(*each), Layout(shows_all=True))

    shown = folded.count("✗ blocked  p")
    assert f"✗ blocked  {50 - shown} more: auth-regressed {50 - shown}" in folded
    assert whole.count("✗ blocked  p") == 50
    assert " more: " not in whole


def test_what_is_told_of_many_is_told_once():
    lines = render_plain(many(500)).splitlines()

    (told,) = [line for line in lines if line.startswith("✗ blocked")]
    assert told.endswith("and 47 more (`--all` shows them)")
    assert sum("auth-regressed:" in line for line in lines) == 1


def test_a_registry_that_is_away_is_one_line_though_each_address_is_another():
    away = "packument is not known: `https://r.example.test/{name}` could not be reached"
    packages = []
    for name in (f"@acme/x{n}" for n in range(9)):
        unseen = reason("unknown-evidence", message=away.format(name=name))
        packages.append(undecided(name, decision=Undecided(reasons=(unseen,))))

    told = [line for line in render_plain(audit(*packages)).splitlines() if line[0] == "?"]

    assert len(told) == 1
    assert "@acme/x2 2.0.0 and 6 more" in told[0]


def test_nobody_is_asked_to_accept_what_could_not_be_seen():
    unseen = Admitted(warnings=(warning("unknown-evidence", message="packument is not known"),))

    assert "policy accept" not in render_plain(audit(package(decision=unseen)))


@pytest.mark.parametrize("width", [40, 60, 100])
def test_lines_are_as_wide_as_the_screen_and_no_name_is_broken(width):
    name = "@acme/a-name-that-is-longer-than-a-screen-of-forty-columns"
    lines = render_plain(audit(refused(name)), Layout(width=width)).splitlines()

    assert any(name in line for line in lines)
    # A line is longer only where one word is, or a command, which is copied whole.
    longer = [line for line in lines if len(line) > width]
    assert all(len(line.split()) <= 3 or line.strip().startswith("`") for line in longer)
    command = f"`imprint policy accept {name}@1.14.1 --reason … --for 30d`"
    assert sum(command in line for line in lines) == 1


def test_colour_is_for_terminals_that_want_it():
    plain, coloured = render_plain(audit()), render_plain(audit(), Layout(has_colour=True))

    assert "\x1b[" not in plain
    assert re.sub(r"\x1b\[\d+m", "", coloured) == plain


def test_an_output_of_ascii_gets_ascii():
    assert render_plain(difference(), Layout(has_symbols=False)).isascii()


class Terminal(io.TextIOWrapper):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("environment", "has_colour"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)],
)
def test_no_color_is_heeded(environment, has_colour):
    with Terminal(io.BytesIO(), encoding="utf-8") as stream:
        assert layout_of(stream, environment=environment).has_colour is has_colour


def test_a_pipe_gets_no_colour_and_what_its_encoding_takes():
    with io.TextIOWrapper(io.BytesIO(), encoding="ascii") as stream:
        layout = layout_of(stream, environment={})

    assert (layout.has_colour, layout.has_symbols) == (False, False)


def test_one_silent_registry_is_one_line():
    lines = render_plain(audit(*[undecided(f"@acme/x{n}") for n in range(300)])).splitlines()

    told = [line for line in lines if line.startswith("? unchecked")]
    assert len(told) == 1
    assert "@acme/x0 2.0.0, @acme/x1 2.0.0, @acme/x2 2.0.0 and 297 more" in told[0]


def test_nothing_checked_is_said():
    empty = audit(undecided(), coverage=Coverage(packages=1, checked=0))

    assert render_plain(empty).splitlines()[-1] == "nothing was checked, of 1 package"


@pytest.mark.parametrize(
    ("mode", "said"), [(Mode.OBSERVE, True), (Mode.WARN, True), (Mode.ENFORCE, False)]
)
def test_a_mode_that_refuses_nothing_is_said(mode, said):
    assert ("nothing is refused in this mode" in render_plain(audit(mode=mode))) is said


@pytest.mark.parametrize(
    ("format_", "command"),
    [
        ("npm", "npm install axios@1.14.0"),
        ("pnpm", "pnpm add axios@1.14.0"),
        ("yarn", "yarn add axios@1.14.0"),
        ("yarn-berry", "yarn add axios@1.14.0"),
        ("bun", "bun add axios@1.14.0"),
    ],
)
def test_what_to_type_is_for_the_projects_own_client(format_, command):
    assert f"`{command}`" in render_plain(audit(refused(), lockfile_format=format_))


def test_what_others_bring_is_held_by_an_override():
    deep = refused(path=("app@1.0.0", "express@4.21.0", "axios@1.14.1"))

    assert "hold it at 1.14.0 by `overrides` in package.json" in render_plain(audit(deep))


def test_an_alias_is_typed_with_its_package():
    text = render_plain(audit(refused(aliases=("http",))), Layout(width=300))

    assert "`npm install http@npm:axios@1.14.0`" in text


def test_what_is_broken_cannot_be_accepted():
    broken = Refused(reasons=(reason("integrity-mismatch", message="the bytes are others"),))

    text = render_plain(audit(refused(decision=broken)))

    assert "accept" not in text


def test_only_what_blocks_has_to_be_accepted():
    decision = Refused(reasons=(reason(), reason("advisory")), warnings=(warning(),))

    text = render_plain(audit(refused(decision=decision)), Layout(width=500))

    assert "accept it, all 2 reasons: `imprint policy accept axios@1.14.1 --reason" in text


def test_a_difference_tells_what_got_better():
    text = render_plain(difference(improved("semver"), package()))

    assert "↑ improved  semver 7.9.0 (now a trusted publisher)" in text
    assert "= as usual  1 package" in text


def test_what_is_not_reached_is_said_in_words():
    inert = refused(reach=Reach(exposure=Exposure.DEV_ONLY_INERT))

    assert "    dev-only-inert: nothing that was looked at runs it\n" in render_plain(audit(inert))


def test_a_difference_of_nothing_has_nothing_to_check():
    empty = audit(package(), coverage=Coverage(packages=0, checked=0))

    assert render_plain(empty).splitlines()[-1] == "there was nothing to check"


def test_where_to_read_on_is_said_of_the_worst_and_quoted_for_a_shell():
    bad = render_plain(audit(refused("a;b")), Layout(width=200))

    assert "more: `imprint explain auth-regressed`, `imprint why 'a;b'`" in bad
    assert "more:" not in render_plain(audit(package()))
