"""A short run of the fuzz entries of policies, from good inputs that are damaged."""

from hypothesis import given
from hypothesis import strategies as st

from imprint.policy.pins import updated, write_pins
from tests.fuzz import fuzz_pins, fuzz_policy
from tests.policy.strategies import texts
from tests.support.policies import NOW, subject

POLICY = b"""\
version = 1 # one
mode = "warn"
enforce-from = 2027-02-01
unknown = { default = "warn", auth = "block" }
extends = "org.toml#sha256:0000000000000000000000000000000000000000000000000000000000000000"
may-accept = [
  "origin.dropped", # by hand
]
[rules]
origin.dropped = "block"
"auth.regressed" = { level = "block", from = "info" }
[[require]]
packages = ["express", "@acme/*", "pkg:npm/%40acme/ui@>=1"]
minimum = "L5"
identity = { repository-id = 1234, workflow = "release.yml", ref = "refs/tags/v*" }
when.reach = ["build"]
[[accept]]
rule = "publisher-repo-changed"
packages = ["undici@6.19 - 6.25"]
reason = \"\"\"by hand\"\"\"
until = 2027-02-01
[[accept]]
rule = 'auth-regressed'
packages = '*'
reason = 'x'
until = "2027-02-01"
[[advisories.allow]]
id = "GHSA-x"
reason = "x"
until = 2027-02-01
[[scope]]
names = ["@acme/*"]
own = true
"""
PINS = write_pins(updated({}, [subject(), subject(name="@acme/ui", version="0.1.0")], now=NOW))


@st.composite
def damaged(draw, whole):
    start = draw(st.integers(0, len(whole)))
    end = draw(st.integers(start, min(len(whole), start + 20)))
    return whole[:start] + draw(st.binary(max_size=20)) + whole[end:]


@given(data=damaged(POLICY) | st.binary() | texts.map(str.encode))
def test_a_damaged_policy_is_malformed_or_still_one(data):
    fuzz_policy.one_input(data)


@given(data=damaged(PINS.encode()) | st.binary())
def test_damaged_pins_are_malformed_or_still_some(data):
    fuzz_pins.one_input(data)


def test_whole_inputs_pass():
    fuzz_policy.one_input(POLICY)
    fuzz_pins.one_input(PINS.encode())
    fuzz_pins.one_input(b'{"schema":1,"audit":[]}')
