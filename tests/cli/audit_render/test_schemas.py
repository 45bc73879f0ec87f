"""What programs read: JSON by our own schema, and CycloneDX by its makers'."""

import functools
import json
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import cyclonedx.schema
import pytest

from imprint.audit.model import Audit
from imprint.cli.render.audit.cyclonedx import render_cyclonedx
from imprint.cli.render.audit.json import render_json, render_jsonl
from imprint.cli.render.audit.sarif import render_sarif
from imprint.history.axes import Approval, Auth, Grade, Origin, Signature, Source
from tests.cli.audit_render.test_hostile import TEXTS
from tests.support.audits import audit, changed_rules, difference, hostile, many, package, refused
from tests.support.json_schema import faults

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = json.loads((ROOT / "docs/reference/audit.schema.json").read_text(encoding="utf-8"))
AUDITS: dict[str, Callable[[], Audit]] = {
    "audit": audit,
    "difference": difference,
    "changed rules": changed_rules,
    "many": lambda: many(60),
    **{name: functools.partial(hostile, text) for name, text in TEXTS.items()},
}


@pytest.mark.parametrize("name", AUDITS)
def test_json_is_as_its_schema_says(name):
    assert faults(json.loads(render_json(AUDITS[name]())), SCHEMA) == []


def test_the_schema_names_every_member():
    found = json.loads(render_json(audit()))

    # What a run over several lockfiles adds is in test_several.
    summary = set(found["summary"]) | {"lockfiles", "not_audited"}
    assert set(SCHEMA["properties"]) == set(found) | {"lockfiles"}
    assert set(SCHEMA["$defs"]["summary"]["properties"]) == summary
    package = found["packages"][0]
    assert set(SCHEMA["$defs"]["package"]["properties"]) == set(package) | {"lockfile"}
    assert set(SCHEMA["$defs"]["event"]["properties"]) == set(package["events"][0])
    assert set(SCHEMA["$defs"]["reason"]["properties"]) == set(package["reasons"][0])


@pytest.mark.parametrize(
    ("definition", "member", "kind"),
    [
        ("axes", "auth", Auth),
        ("axes", "approval", Approval),
        ("axes", "origin", Origin),
        ("axes", "signature", Signature),
        (None, "source", Source),
        (None, "grade", Grade),
    ],
)
def test_the_schema_has_every_word(definition, member, kind):
    told = SCHEMA["$defs"][definition]["properties"] if definition else SCHEMA["$defs"]

    assert set(told[member]["enum"]) == {one.value for one in kind}


def test_the_schema_finds_what_is_wrong():
    found = json.loads(render_json(audit()))
    found["packages"][0]["verdict"] = "fine"
    del found["packages"][1]["axes"]["origin"]

    assert faults(found, SCHEMA) == [
        "$.packages[0].verdict: 'fine' is none of ['admitted', 'refused', 'undecided']",
        "$.packages[1].axes: has no origin",
    ]


def test_lines_are_the_packages_and_then_the_summary():
    *packages, last = [json.loads(line) for line in render_jsonl(audit()).splitlines()]

    assert {one.pop("type") for one in packages} == {"package"}
    assert packages == json.loads(render_json(audit()))["packages"]
    assert (last["type"], last["schema"], last["summary"]["refused"]) == ("summary", 1, 1)


@pytest.fixture(scope="module")
def cyclonedx_schemas():
    folder = resources.files(cyclonedx.schema) / "_res"
    names = {"spdx": "spdx.schema.json", "jsf-0.82": "jsf-0.82.schema.json"}
    known = {
        names[name]: json.loads((folder / f"{name}.SNAPSHOT.schema.json").read_text("utf-8"))
        for name in names
    }
    main = json.loads((folder / "bom-1.6.SNAPSHOT.schema.json").read_text("utf-8"))
    renamed = {name.replace(".schema", ".SNAPSHOT.schema"): one for name, one in known.items()}
    return main, known | renamed


@pytest.mark.parametrize("name", AUDITS)
def test_a_bill_of_materials_is_as_cyclonedx_says(name, cyclonedx_schemas):
    schema, known = cyclonedx_schemas

    assert faults(json.loads(render_cyclonedx(AUDITS[name]())), schema, known=known) == []


def test_every_package_of_a_bill_is_reached_from_the_project():
    bill = json.loads(
        render_cyclonedx(audit(package("a", path=()), package("b", path=("app", "c@1", "b@1.0.0"))))
    )

    needed = {one["ref"]: one.get("dependsOn", []) for one in bill["dependencies"]}
    assert needed["project"] == ["pkg:npm/a@1.0.0", "pkg:npm/b@1.0.0"]


def test_a_bill_is_the_same_each_time():
    assert render_cyclonedx(audit()) == render_cyclonedx(audit())


def test_a_bill_tells_the_places_of_a_package_in_order():
    keys = tuple(f"node_modules/{letter}/node_modules/widget" for letter in "gdbfaec")

    bill = json.loads(render_cyclonedx(audit(package("widget", keys=keys))))

    (component,) = bill["components"]
    places = [one["location"] for one in component["evidence"]["occurrences"]]
    assert places == sorted(keys)


@pytest.mark.parametrize("name", AUDITS)
def test_sarif_has_a_rule_for_each_result(name):
    log = json.loads(render_sarif(AUDITS[name]()))

    (run,) = log["runs"]
    rules = [one["id"] for one in run["tool"]["driver"]["rules"]]
    assert len(rules) == len(set(rules))
    assert all(rules[one["ruleIndex"]] == one["ruleId"] for one in run["results"])
    assert all(one["partialFingerprints"]["imprint/v1"] for one in run["results"])


def test_sarif_tells_both_places_and_what_was_accepted():
    results = json.loads(render_sarif(audit()))["runs"][0]["results"]

    first = results[0]
    assert (
        first["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "package-lock.json"
    )
    related = first["relatedLocations"][0]["physicalLocation"]
    assert related["artifactLocation"]["uri"] == "package.json"
    assert related["region"]["startLine"] == 5
    suppressed = {one["ruleId"]: one.get("suppressions") for one in results[-2:]}
    assert suppressed["origin-dropped"][0]["justification"] == "6.x is published by hand"


def test_fingerprints_are_unique_and_stay():
    one, other = (json.loads(render_sarif(many(60)))["runs"][0]["results"] for _ in range(2))

    marks = [result["partialFingerprints"]["imprint/v1"] for result in one]
    assert len(marks) == len(set(marks))
    assert marks == [result["partialFingerprints"]["imprint/v1"] for result in other]


def test_cyclonedxs_schema_finds_what_is_wrong(cyclonedx_schemas):
    schema, known = cyclonedx_schemas
    bill = json.loads(render_cyclonedx(audit()))
    bill["components"][0]["hashes"][0]["content"] = "no digest"
    bill["vulnerabilities"][0]["ratings"][0]["severity"] = "awful"

    assert len(faults(bill, schema, known=known)) == 2


def test_a_bundled_copy_takes_no_refused_package_out_of_a_bill():
    copy = package("axios", "1.14.1", source="bundled", bundled_in="a@1.0.0")

    bill = json.loads(render_cyclonedx(audit(refused("axios", "1.14.1"), copy)))

    (only,) = bill["components"]
    verdicts = [one["value"] for one in only["properties"] if one["name"] == "imprint:verdict"]
    assert verdicts == ["refused"]
