"""imprint-baseline.json: what was known at adoption, beside the doctor's."""

import json

import pytest

from imprint.doctor.baseline import read_baseline as read_doctors
from imprint.doctor.baseline import render_baseline
from imprint.policy.baseline import Known, known_of, read_baseline, write_baseline
from imprint.refusals import Malformed
from tests.support.policies import NOW, advisory, decided, event

ROW = Known(package="widget@1.2.3", rule="auth-regressed", message="m", fingerprint="0123456789ab")


def test_what_is_written_is_known():
    raw = write_baseline([ROW], before=None)

    assert read_baseline(raw) == {"0123456789ab"}
    assert raw.decode() == (
        '{\n  "schema": 1,\n  "audit": [\n    {"package":"widget@1.2.3","rule":"auth-regressed",'
        '"message":"m","fingerprint":"0123456789ab"}\n  ]\n}\n'
    )


def test_the_doctor_and_the_audit_leave_each_others_findings_alone():
    doctors = b'{"schema":1,"findings":[{"fingerprint":"f","check":"c","path":"p","message":"m"}]}'

    both = write_baseline([ROW], before=doctors)

    assert read_doctors(both) == {"f"}
    assert read_baseline(both) == {"0123456789ab"}
    assert read_baseline(render_baseline([], before=both)) == {"0123456789ab"}
    assert read_doctors(render_baseline([], before=both)) == frozenset()


def test_rows_are_sorted_and_each_finding_is_there_once():
    other = Known(package="a@1", rule="r", message="m", fingerprint="f" * 12)

    assert write_baseline([ROW, other, ROW], before=None) == write_baseline(
        [other, ROW], before=None
    )


def test_what_is_never_known_is_not_taken_in_and_not_believed():
    decision = decided(
        events=(event(),), published=NOW - 60, advisories=(advisory(is_malware=True),)
    )

    assert [row.rule for row in known_of("widget@1.2.3", decision.reasons)] == ["auth-regressed"]
    forged = json.dumps({"schema": 1, "audit": [{**_row(), "rule": "signature-invalid"}]})
    assert read_baseline(forged.encode()) == frozenset()


def _row():
    return {"package": "p", "rule": "r", "message": "m", "fingerprint": "f"}


@pytest.mark.parametrize("raw", [b"", b"[]", b'{"schema":2}', b'{"schema":1,"audit":[1]}', b"\xff"])
def test_what_is_no_baseline_is_malformed(raw):
    with pytest.raises(Malformed) as caught:
        read_baseline(raw)

    assert caught.value.code == "malformed-baseline"
