"""The reference page has every key, preset and axis that the reader knows, and no other."""

import re

import pytest

from imprint.policy.keys import KEYS
from imprint.policy.presets import PRESETS
from tests.docs.markdown import ROOT
from tests.support.policies import policy

REFERENCE = (ROOT / "docs" / "reference" / "policy.md").read_text(encoding="utf-8")
GUIDE = (ROOT / "docs" / "guides" / "policy.md").read_text(encoding="utf-8")
CHECKED = "0" * 64


def rows(heading):
    part = REFERENCE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return dict(re.findall(r"^\| `([^`]+)` \| (.+) \|$", part, flags=re.MULTILINE))


def test_the_page_has_every_key_with_what_it_is_for():
    assert rows("Keys") == KEYS


def test_the_page_has_every_preset():
    assert rows("Presets") == {name: preset.summary for name, preset in PRESETS.items()}


@pytest.mark.parametrize(
    "text", re.findall(r"^```toml\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)
)
def test_every_policy_of_the_guide_is_one(text):
    policy(text.replace("…", CHECKED))
