"""What one policy says otherwise than another, and whether it asks for less."""

import pytest

from imprint.policy.differences import policy_differences
from imprint.policy.read import read_policy

ACCEPT = """\
[[accept]]
rule = "origin-dropped"
packages = ["undici"]
reason = "by hand"
until = 2100-01-01
"""
REQUIRE = """\
[[require]]
packages = ["express"]
minimum = "L5"
"""


def policy(text=""):
    return read_policy(f"version = 1\n{text}", origin="imprint.toml")


def differences(before, after):
    return [(one.words, one.is_looser) for one in policy_differences(policy(before), policy(after))]


def test_the_same_differs_in_nothing():
    assert differences(ACCEPT + REQUIRE, "# a word\n" + ACCEPT + REQUIRE) == []


@pytest.mark.parametrize(
    ("loose", "strict", "words"),
    [
        ("mode = 'observe'", "", "mode: enforce → observe"),
        ("cooldown = '0'", "", "cooldown: 1d → 0"),
        ("enforce-from = 2100-01-01", "", "enforce-from: none → 2100-01-01"),
        ("unknown = 'allow'", "unknown = 'block'", "unknown.auth: block → allow"),
        ("scope = { dev = 'none' }", "", "scope.dev: build-only → none"),
        (
            "rules = { maintainer-added = 'off' }",
            "rules = { maintainer-added = 'block' }",
            "rules.maintainer-added: block → off",
        ),
        ("", "advisories = { block = 'low' }", "advisories.block: low → none"),
        ("accept-cap = '120d'", "", "accept-cap: 90d → 120d"),
        (ACCEPT, "", "accept, new: origin-dropped of undici until 2100-01-01: by hand"),
        ("", REQUIRE, "require, no more: express at least L5"),
    ],
)
def test_what_asks_for_less_is_told_and_what_asks_for_more_is_told_as_that(loose, strict, words):
    loosened, tightened = differences(strict, loose), differences(loose, strict)

    assert (words, True) in loosened
    assert len(tightened) == len(loosened)
    assert not any(is_looser for _, is_looser in tightened)


def test_what_asks_for_less_comes_first():
    found = differences("", "fresh = '60d'\ncooldown = '0'")

    assert [is_looser for _, is_looser in found] == [True, False]


def test_another_preset_tells_of_itself_and_of_each_value():
    found = dict(differences("preset = 'strict'", "preset = 'observe'"))

    assert found["preset: strict → observe"] is True
    assert found["mode: enforce → observe"] is True
    assert any(words.startswith("rules.") for words in found)
