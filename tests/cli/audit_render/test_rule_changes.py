"""That a change changes the files that judge it: told in every format, where that has a place."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest
from msgspec.structs import replace

from imprint.audit.model import Change, RuleChange
from imprint.cli.render.audit.formats import FORMATS, render
from tests.cli.audit_render.test_hostile import BY_LINES, TEXTS, UNSEEN
from tests.support.audits import changed_rules as changed
from tests.support.audits import rule_change

LOOSER = rule_change()
WORDS = "the policy itself changes: imprint.toml is changed. looser: cooldown: 1d → 0."


def told(name, found=None):
    return render(found or changed(), name)


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_names_the_file_and_what_is_looser(name):
    text = told(name).replace("\n    ", " ").replace("\\u2192", "→")

    assert "imprint.toml" in text
    assert "cooldown: 1d → 0" in text.replace("&#8594;", "→")


def test_code_scanning_has_a_rule_with_its_page_and_a_result_on_each_file():
    run = json.loads(told("sarif"))["runs"][0]

    rule = next(one for one in run["tool"]["driver"]["rules"] if one["id"] == "policy-changed")
    found = [one for one in run["results"] if one["ruleId"] == "policy-changed"]
    places = [one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in found]
    assert rule["help"]["text"].startswith("# policy-changed")
    assert rule["defaultConfiguration"]["level"] == "warning"
    assert [one["level"] for one in found] == ["warning", "note"]
    assert places == ["imprint.toml", "web/.npmrc"]
    assert WORDS in found[0]["message"]["text"]
    assert found[0]["properties"]["looser"] == ["cooldown: 1d → 0"]
    assert all(
        run["tool"]["driver"]["rules"][one["ruleIndex"]]["id"] == one["ruleId"]
        for one in run["results"]
    )


def test_its_fingerprint_is_another_with_another_change():
    def fingerprint(change):
        results = json.loads(told("sarif", changed(change)))["runs"][0]["results"]
        return results[-1]["partialFingerprints"]["imprint/v1"]

    assert fingerprint(LOOSER) == fingerprint(LOOSER)
    assert fingerprint(LOOSER) != fingerprint(replace(LOOSER, looser=("cooldown: 1d → 1h",)))


def test_a_report_of_tests_has_a_case_for_each_which_passes():
    suite = ET.fromstring(told("junit"))[0]  # ours, just written

    cases = [one for one in suite if one.get("classname") == "imprint.policy-changed"]
    assert [case.get("name") for case in cases] == ["imprint.toml", "web/.npmrc"]
    assert WORDS in (cases[0].findtext("system-out") or "")
    assert suite.get("tests") == str(len(suite.findall("testcase")))
    assert not cases[0].findall("failure")


def test_a_bill_of_materials_says_it_of_the_whole():
    bill = json.loads(told("cyclonedx"))

    properties = [(one["name"], one["value"]) for one in bill["metadata"]["properties"]]
    said = [value for name, value in properties if name == "imprint:policy-changed"]
    assert len(said) == 2
    assert any(WORDS in value for value in said)
    assert ("imprint:rules-from", "c0ffee") in properties


def test_a_code_quality_report_has_an_issue_at_the_top_of_each():
    issues = [one for one in json.loads(told("gitlab")) if one["check_name"] == "policy-changed"]

    assert [one["severity"] for one in issues] == ["minor", "info"]
    assert [one["location"]["path"] for one in issues] == ["imprint.toml", "web/.npmrc"]
    assert len({one["fingerprint"] for one in issues}) == 2


@pytest.mark.parametrize("name", BY_LINES)
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_what_a_change_wrote_steers_nobody(name, text):
    hostile = RuleChange(path=text, change=Change.CHANGED, looser=(text,), otherwise=(text,))

    assert UNSEEN.search(told(name, changed(hostile))) is None


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_documents_stay_whole(text):
    found = changed(RuleChange(path=text, change=Change.CHANGED, looser=(text,)))

    for name in ("json", "sarif", "gitlab", "cyclonedx"):
        json.loads(told(name, found))
    ET.fromstring(told("junit", found))  # ours, just written
