"""Several lockfiles in every format: by the schema, and whatever others wrote."""

from __future__ import annotations

import json
import re
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from msgspec.structs import replace

from imprint.audit.model import AuditSet, Change, NotAudited, RuleChange
from imprint.cli.render.audit.formats import FORMATS_OF_SEVERAL, render_several
from imprint.refusals import Refusal
from tests.cli.audit_render.test_hostile import TEXTS, UNSEEN
from tests.cli.audit_render.test_schemas import SCHEMA
from tests.support.audits import NOW, audit, difference, hostile, many
from tests.support.json_schema import faults


def failed(lockfile="c/yarn.lock", message="the lockfile is not JSON", hint="write it anew"):
    refusal = Refusal(code="malformed-lockfile", message=message, hint=hint)
    return NotAudited(lockfile=lockfile, refusal=refusal, is_undecided=False)


def several(*outcomes, **members):
    named: dict[str, Any] = {"folder": ".", "is_difference": False, "now": NOW, "seconds": 1.25}
    return AuditSet(outcomes=outcomes, **(named | members))


def two(**members):
    return several(
        replace(audit(), lockfile="a/package-lock.json"),
        replace(audit(), lockfile="b/package-lock.json"),
        failed(),
        **members,
    )


@pytest.mark.parametrize("case", [two, lambda: several(failed()), lambda: several(difference())])
def test_json_is_as_the_schema_of_one_says(case):
    told = json.loads(render_several(case(), "json"))

    assert faults(told, SCHEMA) == []
    assert set(told) == set(SCHEMA["properties"])


def test_the_sums_are_of_all():
    told = json.loads(render_several(two(), "json"))

    alone = [one["summary"] for one in told["lockfiles"] if one["error"] is None]
    assert told["summary"]["packages"] == 2 * alone[0]["packages"] == len(told["packages"])
    assert (told["summary"]["lockfiles"], told["summary"]["not_audited"]) == (3, 1)
    assert told["lockfiles"][2]["error"]["hint"] == "write it anew"


def test_what_a_change_does_to_one_policy_is_told_once_to_programs_and_annotated_once():
    change = RuleChange(
        path="imprint.toml", change=Change.CHANGED, looser=("mode: enforce → warn",)
    )
    twice = several(
        *(replace(audit(), lockfile=f"{at}/yarn.lock", rule_changes=(change,)) for at in "ab")
    )

    told = json.loads(render_several(twice, "json"))

    assert len(told["rule_changes"]) == 1
    assert render_several(twice, "github").count("file=imprint.toml") == 1


@pytest.mark.parametrize("name", ["plain", "markdown", "github", "junit"])
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_no_text_steers_a_reader(name, text):
    told = several(hostile(text), failed(text, text, text), notes=(text,))

    assert UNSEEN.search(render_several(told, name)) is None


@pytest.mark.parametrize("name", FORMATS_OF_SEVERAL)
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_no_text_steers_the_job_whose_log_it_is_in(name, text):
    told = several(hostile(text), failed(text, text, text), notes=(text,))

    lines = render_several(told, name).splitlines()

    begun = [line for line in lines if line.lstrip().startswith("::")]
    assert name == "github" or not begun
    assert not re.search(r"##(vso|teamcity)?\[", "\n".join(lines), re.IGNORECASE)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_documents_stay_whole(text):
    told = several(hostile(text), failed(text, text, text), notes=(text,))

    for name in ("json", "sarif", "gitlab"):
        json.loads(render_several(told, name))
    for line in render_several(told, "jsonl").split("\n")[:-1]:
        json.loads(line)
    ET.fromstring(render_several(told, "junit"))  # ours, just written


def test_a_comment_over_a_hundred_lockfiles_fits_where_comments_go():
    told = several(*(replace(many(60), lockfile=f"{at}/yarn.lock") for at in range(100)))

    assert len(render_several(told, "markdown")) < 65_536
