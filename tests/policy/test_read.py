"""imprint.toml: what it spells, and where it is wrong."""

import pytest

from imprint.history.axes import Grade
from imprint.history.events import EventSeverity
from imprint.policy.keys import KEYS, below
from imprint.policy.model import Mode, Weight, mode_at
from imprint.policy.presets import PRESETS
from imprint.policy.read import MOST_CHARACTERS, default_policy
from imprint.reachability.exposure import Exposure
from imprint.refusals import Malformed
from tests.support.policies import DAY, NOW, policy

WHOLE = """\
version = 1
mode = "enforce"            # observe | warn | enforce ; per-rule override below
preset = "no-downgrade"
fresh = "14d"
cooldown = "36h"
unknown = "warn"
scope = { dev = "build-only", bundled = "inherit" }

[[require]]
packages = ["express", "@acme/*", "pkg:npm/axios@>=1"]
minimum = "L5"
identity = { repository = "acme/platform", workflow = "release.yml", ref = "refs/tags/v*" }
when = { reach = ["install", "build", "runtime-imported"] }

[[accept]]
rule = "origin.dropped"
packages = ["undici@6.19 - 6.25"]
reason = "6.x is published by hand"
until = 2027-02-01
by = "alice"
"""


def test_the_whole_file_is_read():
    rules = policy(WHOLE)

    assert (rules.mode, rules.fresh_seconds, rules.cooldown_seconds) == (
        Mode.ENFORCE,
        14 * DAY,
        36 * 3600,
    )
    (required,) = rules.require
    assert required.any_of[0].grade is Grade.L5
    assert required.reach == {Exposure.INSTALL, Exposure.BUILD, Exposure.RUNTIME_IMPORTED}
    (accept,) = rules.accept
    assert (accept.rule, accept.by, accept.where) == ("origin-dropped", "alice", "imprint.toml:15")
    assert accept.packages[0].matches("undici", "6.25.3")
    assert not accept.packages[0].matches("undici", "6.26.0")


def test_what_is_not_said_is_the_presets():
    for name, preset in PRESETS.items():
        rules = policy(f"preset = '{name}'")
        assert rules.mode is preset.mode
        assert rules.dev is preset.dev
        assert rules.unknown == preset.unknown
        assert default_policy(name).rules == rules.rules


def test_every_value_knows_its_line():
    said = policy(WHOLE).said

    assert said["mode"] == "imprint.toml:2"
    assert said["scope.dev"] == "imprint.toml:7"
    assert said["require"] == "imprint.toml:9"


@pytest.mark.parametrize(
    "text",
    [
        "[rules]\norigin.dropped = 'off'",
        "[rules]\n'origin.dropped' = 'off'",
        "[rules]\norigin-dropped = 'off'",
        "rules = { origin = { dropped = 'off' } }",
        "[rules.origin]\ndropped = { level = 'off' }",
    ],
)
def test_a_rule_is_named_dotted_or_not(text):
    assert policy(text).rule("origin-dropped").weigh(EventSeverity.ERROR) is Weight.NONE


@pytest.mark.parametrize(
    ("short", "rule"),
    [
        ("release.newborn-dep", "release-newborn-dependency"),
        ("release.exotic-dep-added", "release-exotic-dependency-added"),
        ("sig.missing", "signature-missing"),
        ("line.below-package", "line-below-package"),
    ],
)
def test_short_spellings_of_rules_are_known(short, rule):
    assert f"rules.{rule}" in policy(f"[rules]\n'{short}' = 'off'").said


def test_unknown_has_one_word_or_a_table():
    assert policy("unknown = 'block'").unknown["auth"] is Weight.BLOCK
    assert policy("unknown = 'block'").unknown["approval"] is Weight.NONE
    table = policy("unknown = { default = 'allow', auth = 'block', approval = 'warn' }").unknown
    assert (table["auth"], table["origin"], table["approval"]) == (
        Weight.BLOCK,
        Weight.NONE,
        Weight.WARN,
    )


def test_a_scope_has_general_tables_and_tables_of_names():
    rules = policy(
        "[[scope]]\ndev = 'all'\n[[scope]]\nnames = ['@acme/*']\nown = true\n"
        "[[scope]]\nnames = '@b/*'\nregistry = 'https://registry.example.test'"
    )

    assert rules.dev == "all"
    assert [rule.is_own for rule in rules.scopes] == [True, False]


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("\nmode = warn", "malformed-policy", "no TOML: `Invalid value (at line 2, column 8)`"),
        ("x = " + "[" * 20_000, "malformed-policy", "nested too deep"),
        ("#" * (MOST_CHARACTERS + 1), "malformed-policy", "longer than"),
        ("\nmoed = 'warn'", "unknown-policy-key", "imprint.toml:2: there is no key `moed`"),
        ("\nmoed = 'warn'", "unknown-policy-key", "the nearest is `mode`"),
        ("[[accept]]\nrules = 'x'", "unknown-policy-key", "imprint.toml:2: there is no key"),
        ("[[accept]]\nrules = 'x'", "unknown-policy-key", "`accept.rules`: the nearest is `rule`"),
        ("unknown = { auht = 'warn' }", "unknown-policy-key", "`unknown.auht`"),
        ("version = 2", "policy-value", "read here is `1`"),
        ("mode = 'on'", "policy-value", "`mode` is `on`, expected one of `observe`, `warn`"),
        ("preset = 'loose'", "policy-value", "expected one of `observe`, `no-downgrade`"),
        ("fresh = 30", "policy-value", "imprint.toml:1: `fresh` is `30`, expected a duration"),
        ("fresh = '30 days'", "policy-value", "expected a duration such as `24h`"),
        ("cooldown = '999999d'", "policy-value", "expected a duration"),
        ("enforce-from = 'soon'", "policy-value", "expected a day such as `2027-01-31`"),
        ("enforce-from = 12:00:00", "policy-value", "expected a day"),
        ("[rules]\nnope = 'off'", "unknown-rule", "imprint.toml:2: there is no rule `nope`"),
        ("[rules]\nmalware = 'off'", "policy-value", "which always blocks"),
        ("[rules]\nadvisory = 'off'", "policy-value", "its level is `advisories.block`"),
        ("rules = 'x'", "policy-value", "is no table"),
        ("[rules]\na.b.c.d.e.f.g.h.i.j.k = 'off'", "policy-value", "too many tables"),
        ("[[require]]\nminimum = 'L5'", "policy-value", "`require.packages` is not said"),
        ("[[require]]\npackages = ['a']", "policy-value", "asks for nothing"),
        (
            "[[require]]\npackages = ['a b']\nminimum = 'L5'",
            "invalid-package-pattern",
            "imprint.toml:2: package pattern `a b` is none",
        ),
        (
            "[[require]]\npackages = ['a@nope!']\nminimum = 'L5'",
            "invalid-range",
            "imprint.toml:2: range",
        ),
        (
            "[[require]]\npackages = ['a']\nidentity = { ref = 'v*' }",
            "invalid-ref-pattern",
            "imprint.toml:3",
        ),
        ("[[require]]\npackages = ['a']\nidentity = {}", "policy-value", "pins nothing"),
        (
            "[[require]]\npackages=['a']\nminimum='L5'\nwhen = { reach = ['all'] }",
            "policy-value",
            "there are `install`, `build`",
        ),
        ("[[accept]]\npackages = ['a']", "policy-value", "`accept.rule` is not said"),
        (
            "[[accept]]\nrule = 'origin-dropped'\npackages = ['a']\nuntil = 2027-01-01",
            "policy-value",
            "`accept.reason` is not said: an acceptance says why",
        ),
        (
            "[[accept]]\nrule = 'origin-dropped'\npackages = ['a']\nreason = 'x'",
            "policy-value",
            "`accept.until` is not said: nothing is accepted for ever",
        ),
        (
            "[[accept]]\nrule = 'sig.invalid'\npackages = ['a']\nreason = 'x'\nuntil = 2027-01-01",
            "policy-value",
            "is `signature-invalid`, which is never accepted",
        ),
        ("accept-cap = '400d'", "policy-value", "between a day and `365d`"),
        ("may-accept = ['malware']", "policy-value", "never accepted"),
        ("[[quarantine]]\nreason = 'x'", "policy-value", "has to say one of"),
        (
            "[[quarantine]]\nrefuse = true\nreason = 'x'\nintegrity = 'x'",
            "malformed-integrity",
            "imprint.toml:4",
        ),
        (
            "[[quarantine]]\nvouch = true\nreason='x'\nintegrity='sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk='",
            "policy-value",
            "too weak to vouch for",
        ),
        ("[[vendor]]\npackages = ['a']\nminimum = 'L5'", "policy-value", "`vendor.name`"),
        ("advisories = { block = 'most' }", "policy-value", "expected one of `low`"),
        ("scope = { own = true }", "policy-value", "`scope.names` is not said"),
        ("scope = { names = ['a'] }", "policy-value", "says nothing of its names"),
        ("scope = { names=['a'], registry = 'x' }", "policy-value", "is no address"),
        ("extends = 'org.toml'", "policy-value", "`#sha256:` and 64 hex digits"),
        (f"extends = {['a#sha256:' + '0' * 64] * 5}", "policy-value", "4 are the most"),
        ("licenses = { allow = [1] }", "policy-value", "expected a list of texts"),
        ("scope = 1", "policy-value", "expected tables"),
        ("require = [1]", "policy-value", "expected tables"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text, code, message):
    with pytest.raises(Malformed) as caught:
        policy(text)

    assert caught.value.code == code
    assert message in caught.value.message


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("mode = 'enforce'", "EEE"),
        ("mode = 'observe'", "OOO"),
        ("mode = 'observe'\nenforce-from = 2027-01-16", "OEE"),
        ("mode = 'enforce'\nenforce-from = 2027-01-16", "WEE"),
        ("mode = 'warn'\nenforce-from = 2027-01-17", "WWE"),
    ],
)
def test_the_mode_switches_by_its_date(text, days):
    rules = policy(text)

    assert "".join(mode_at(rules, NOW + day * DAY)[0].upper() for day in range(3)) == days


def test_every_key_that_is_known_is_in_a_table_that_is():
    tables = {""} | {key for key in KEYS if any(other.startswith(f"{key}.") for other in KEYS)}

    for key in KEYS:
        table, _, name = key.rpartition(".")
        assert table in tables or table == "rules.*"
        assert name.removesuffix("[]") in below(table)
