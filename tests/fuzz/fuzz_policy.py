"""Fuzz entry: policies, and where their keys stand."""

import tomllib

from imprint.policy.decide import decide
from imprint.policy.places import places_of
from imprint.policy.read import read_policy
from imprint.refusals import Malformed
from tests.support.policies import NOW, subject

CODES = {
    "malformed-policy",
    "unknown-policy-key",
    "policy-value",
    "unknown-rule",
    "invalid-package-pattern",
    "invalid-range",
    "invalid-ref-pattern",
    "malformed-integrity",
}


def one_input(data: bytes) -> None:
    """Any text is a policy that decides, or Malformed that says where."""
    text = data.decode(errors="replace")
    places_of(text)
    try:
        policy = read_policy(text, origin="imprint.toml")
    except Malformed as err:
        assert err.code in CODES, err  # noqa: PT017 - no test, an entry
        assert err.message.startswith("imprint.toml"), err  # noqa: PT017 - no test, an entry
        assert "\n" not in err.message  # noqa: PT017 - no test, an entry
        return
    assert set(policy.said) >= set(tomllib.loads(text))
    decide(policy, subject(), baseline=frozenset(), now=NOW)
