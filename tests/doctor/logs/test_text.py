"""Logs of each provider come down to the same plain lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.doctor.logs import text as text_module
from imprint.doctor.logs.diagnosis import diagnose
from imprint.doctor.logs.model import LogProvider
from imprint.doctor.logs.secrets import masked
from imprint.doctor.logs.text import read_log
from imprint.refusals import Malformed

GITHUB = (
    "\ufeff2026-09-01T10:00:00.1234567Z ##[group]Run npm publish\n"
    "2026-09-01T10:00:00.1234568Z \x1b[36;1mnpm publish\x1b[0m\n"
    "2026-09-01T10:00:01.0000000Z npm error code ENEEDAUTH\r\n"
)
GH_RUN_VIEW = (
    "publish\tRun npm publish\t2026-09-01T10:00:00.1234567Z ##[group]Run npm publish\n"
    "publish\tRun npm publish\t2026-09-01T10:00:00.1234568Z npm publish\n"
    "publish\tRun npm publish\t2026-09-01T10:00:01.0000000Z npm error code ENEEDAUTH\n"
)
GITLAB = (
    "2026-09-01T10:00:00.000000Z 00O section_start:1693562400:step_script\r\x1b[0K"
    "\x1b[0KExecuting\x1b[0;m\n"
    "2026-09-01T10:00:00.000001Z 00O \x1b[32;1m$ npm publish\x1b[0;m\n"
    "2026-09-01T10:00:01.000000Z 01E npm error code ENEEDAUTH\n"
)
OLD_GITLAB = (
    "section_start:1693562400:step_script[collapsed=true]\r\x1b[0KExecuting\n"
    "\x1b[32;1m$ npm publish\x1b[0;m\nnpm error code ENEEDAUTH\n"
)
CIRCLECI = "#!/bin/bash -eo pipefail\nCIRCLECI=true\nnpm error code ENEEDAUTH\n"
DOCKER = "#11 [7/7] RUN npm publish\n#11 1.234 npm publish\n#11 2.345 npm error code ENEEDAUTH\n"
DEBUG_LOG = "0 verbose cli /usr/bin/node\n1 info using npm@10.9.4\n2 error code ENEEDAUTH\n"


@pytest.mark.parametrize(
    "log", [GITHUB, GH_RUN_VIEW, GITLAB, OLD_GITLAB, CIRCLECI, DOCKER, DEBUG_LOG]
)
def test_every_format_comes_down_to_its_lines(log):
    read = read_log(log.encode())

    assert read.count == 3
    assert read.shown(3).text == "npm error code ENEEDAUTH"
    assert read.number_at(read.text.index("ENEEDAUTH")) == 3


@pytest.mark.parametrize(
    ("log", "provider"),
    [
        (GITHUB, LogProvider.GITHUB),
        (GITLAB, LogProvider.GITLAB),
        (OLD_GITLAB, LogProvider.GITLAB),
        (CIRCLECI, LogProvider.CIRCLECI),
        (DEBUG_LOG, None),
    ],
)
def test_the_provider_is_told_by_its_marks(log, provider):
    assert read_log(log).provider is provider


def test_the_job_is_what_the_log_says():
    named = "2026-09-01T10:00:00.0Z Complete job name: release / publish (22)\n"

    assert read_log(GH_RUN_VIEW).job == "publish"
    assert read_log(named + GITHUB).job == "release / publish (22)"
    assert read_log(GITHUB).job is None


def test_what_a_windows_shell_wrote_is_read():
    assert read_log("npm error code ENEEDAUTH\r\n".encode("utf-16")).shown(1).text == (
        "npm error code ENEEDAUTH"
    )


def test_a_packed_log_is_refused_with_what_to_do():
    with pytest.raises(Malformed) as refused:
        read_log(b"PK\x03\x04\x14\x00\x00\x00logs")

    assert refused.value.code == "log-not-text"
    assert refused.value.message == "the log is packed: it has NUL bytes"
    assert refused.value.hint == "unpack it, and give the publish job's file"


def test_what_is_no_text_is_refused():
    with pytest.raises(Malformed, match="the log is not text: it has NUL bytes"):
        read_log(b"\x7fELF\x00\x00")


@pytest.mark.parametrize("log", ["x" * 101, b"x" * 101])
def test_a_log_that_is_too_large_is_refused(log, monkeypatch):
    monkeypatch.setattr(text_module, "MAX_LOG_BYTES", 100)

    with pytest.raises(Malformed) as refused:
        read_log(log)

    assert refused.value.code == "log-too-large"


def test_a_line_that_is_long_is_cut():
    shown = read_log("npm error " + "x" * 10_000).shown(1).text

    assert len(shown) == 400
    assert shown.endswith("x...")


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("token npm_0123456789abcdefABCDEF", "token ***"),
        ("token imp_t_0123456789abcdefABCDEF", "token ***"),
        ("ghs_0123456789abcdef and glpat-0123456789abcdef", "*** and ***"),
        ("//r.example.test/:_authToken=s3cr3t", "//r.example.test/:_authToken=***"),
        ("_authToken=${NODE_AUTH_TOKEN}", "_authToken=${NODE_AUTH_TOKEN}"),
        ("NODE_AUTH_TOKEN: XXXXX-XXXXX-XXXXX-XXXXX", "NODE_AUTH_TOKEN: XXXXX-XXXXX-XXXXX-XXXXX"),
        ("_authToken=eyJhbGciOiJSUzI1NiJ9.eyJpc3Mi.c2ln", "_authToken=***"),
        ("got eyJhbGciOiJSUzI1NiJ9", "got ***"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer ***"),
        ("npm error Bearer abc", "npm error Bearer ***"),
        (
            "npm error d is not a legal HTTP header value",
            "npm error *** is not a legal HTTP header value",
        ),
        ("https://alice:s3cr3t@r.example.test/", "https://***@r.example.test/"),
        ("NPM_TOKEN=0123abcd", "NPM_TOKEN=***"),
        ("key aB3aB3aB3aB3aB3aB3aB3aB3aB3aB3aB3aB3aB3", "key ***"),
        (
            "at 2f7e1b1c9d3a4e5f60718293a4b5c6d7e8f90a1b",
            "at 2f7e1b1c9d3a4e5f60718293a4b5c6d7e8f90a1b",
        ),
        ("npm error need auth This command", "npm error need auth This command"),
    ],
)
def test_secrets_are_masked_and_nothing_else(line, shown):
    assert masked(line) == shown


def test_no_evidence_shows_a_token():
    found = diagnose(
        "//registry.example.test/:_authToken=eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln\n"
        "npm error code ENEEDAUTH"
    )

    assert [cause.id for cause in found.causes] == ["id-token-as-npm-token"]
    assert found.causes[0].evidence == "//registry.example.test/:_authToken=***"


WORDS = st.sampled_from(
    [
        *(
            "npm error ",
            "404 Not Found - PUT ",
            "https://r.example.test/w",
            "ENEEDAUTH",
            "\n",
            "\r",
        ),
        *("\x1b[0m", "\x1b", "section_start:1:a", "2026-01-01T00:00:00.0Z ", "##[error]", "\t"),
        *("npm@10.9.4", "+ widget@1.0.0", "oidc ", "exchange", "`", '"code":"x"', '"mismatches"'),
        *(
            "refuses this run: `",
            "` is `",
            "`, expected",
            "\0",
            "\ufeff",
            "\ud800",
            "repo:a@1/b@2:",
        ),
    ]
)


@given(st.lists(st.one_of(WORDS, st.text(max_size=8)), max_size=30).map("".join))
def test_any_text_has_a_diagnosis(log):
    found = diagnose(log)

    assert all(1 <= line.number <= found.lines for cause in found.causes for line in cause.lines)
    assert [cause for cause in found.causes if not cause.lines] == []


@given(st.binary(max_size=200))
def test_any_bytes_have_a_diagnosis_or_are_refused(log):
    if b"\0" in log and not log.startswith((b"\xff\xfe", b"\xfe\xff")):
        with pytest.raises(Malformed):
            diagnose(log)
    else:
        assert diagnose(log).lines >= 1
