"""Why a publish failed, from whole logs: roots first, and nothing for a run that went well."""

from __future__ import annotations

import pytest

from imprint.doctor.logs.diagnosis import diagnose
from imprint.doctor.logs.model import Certainty, Outcome
from imprint.http.replies import notice_header, sentence
from imprint.publishers.matching import match
from imprint.registry.authority.bearers import NotAKey, WrongBearer, explain
from imprint.registry.authority.token_rules import TokenSituation, judge_token
from imprint.registry.recent import RefusedExchange
from tests.support.claims import NOW
from tests.support.publishers import PACKAGE, github_run, patterns, publisher, rules

NEEDS_AUTH = (
    "npm error code ENEEDAUTH\n"
    "npm error need auth This command requires you to be logged in to https://registry.example.test/\n"
    "npm error need auth You need to authorize this machine using `npm adduser`\n"
)
NOT_FOUND = (
    "npm error code E404\n"
    "npm error 404 Not Found - PUT https://registry.example.test/@acme%2frocket - Not found\n"
    "npm error 404\n"
    "npm error 404  '@acme/rocket@1.0.0' is not in this registry.\n"
)
FAILED = "##[error]Process completed with exit code 1.\n"


def github_log(text, *, npm="11.6.2", env=()):
    """A publish job's log as GitHub writes it."""
    lines = [
        "##[group]GITHUB_TOKEN Permissions",
        "Contents: read",
        "IdToken: write",
        "##[endgroup]",
        "Complete job name: publish",
        "##[group]Environment details",
        f"npm: {npm}",
        "##[endgroup]",
        "##[group]Run npm publish",
        "\x1b[36;1mnpm publish\x1b[0m",
        "env:",
        *(f"  {line}" for line in env),
        "##[endgroup]",
        *text.splitlines(),
        "Cleaning up orphan processes",
    ]
    return "".join(f"2026-09-01T10:00:{n:02}.1234567Z {line}\n" for n, line in enumerate(lines))


def ids(log):
    return [cause.id for cause in diagnose(log).causes]


def first(log):
    return diagnose(log).causes[0]


def refused(refusal):
    """What npm shows of a refusal of the exchange: its notice, and an error that says nothing."""
    _, header = notice_header(sentence(refusal))
    return f"npm notice {header.decode()}\n{NEEDS_AUTH}"


@pytest.mark.parametrize("failure", [NEEDS_AUTH, NOT_FOUND])
def test_npm_10_is_the_cause_of_either_error(failure):
    cause = first(github_log(failure + FAILED, npm="10.9.4"))

    assert (cause.id, cause.certainty) == ("npm-too-old", Certainty.CERTAIN)
    assert cause.evidence == "npm: 10.9.4"


def test_a_newer_npm_that_was_installed_is_the_one_that_counts():
    log = github_log(
        "Run npm install -g npm@11\nchanged 22 packages in 3s\n" + NEEDS_AUTH, npm="10.9.4"
    )

    assert first(log).certainty is not Certainty.CERTAIN


def test_the_placeholder_is_shown_where_the_log_has_it():
    env = ["NODE_AUTH_TOKEN: XXXXX-XXXXX-XXXXX-XXXXX"]

    cause = first(github_log(NOT_FOUND + FAILED, env=env))

    assert cause.id == "e404-put-placeholder"
    assert "NODE_AUTH_TOKEN: XXXXX-XXXXX-XXXXX-XXXXX" in [line.text for line in cause.lines]


def test_a_token_that_hides_the_exchange_comes_before_what_the_registry_says_of_it():
    log = github_log(NOT_FOUND + FAILED, env=["NODE_AUTH_TOKEN: ***"])

    assert ids(log)[:2] == ["token-hides-exchange", "e404-put-placeholder"]


def test_a_workspace_npmrc_that_is_not_read_comes_before_the_error_it_leads_to():
    warning = "npm warn config ignoring workspace config at /repo/packages/a/.npmrc\n"

    assert ids(github_log(warning + NEEDS_AUTH + FAILED))[:2] == [
        "workspace-npmrc-ignored",
        "eneedauth",
    ]


def test_npm_that_broke_while_it_upgraded_itself_is_the_cause():
    log = github_log(
        "Run npm install -g npm@latest\nnpm error code MODULE_NOT_FOUND\n"
        "npm error Cannot find module 'promise-retry'\n" + FAILED,
        npm="10.9.7",
    )

    assert ids(log) == ["npm-self-upgrade"]


def test_a_granted_permission_is_not_doubted():
    assert "no-id-token-permission" not in ids(github_log(NEEDS_AUTH + FAILED))


def test_permissions_that_are_printed_without_id_token_are_the_likely_cause():
    log = github_log(NEEDS_AUTH + FAILED).replace("IdToken: write", "Metadata: read")

    assert (first(log).id, first(log).certainty) == ("no-id-token-permission", Certainty.LIKELY)


def test_what_the_exchange_was_answered_leaves_out_what_is_guessed():
    answer = (
        "npm verbose oidc Failed token exchange request with body message:"
        " OIDC token exchange error - package not found\n"
    )

    assert ids(github_log(answer + NEEDS_AUTH + FAILED)) == [
        "exchange-not-found",
        "env-mismatch",
        "owner-case",
    ]


def test_gitlab_without_an_id_token_is_told_of_its_variable_and_not_of_permissions():
    log = f"Running with gitlab-runner 17.0.0\n{NEEDS_AUTH}ERROR: Job failed: exit code 1\n"

    assert "ci-id-token-missing" in ids(log)
    assert "no-id-token-permission" not in ids(log)
    assert "unsupported-ci" not in ids(log)


@pytest.mark.parametrize(
    ("log", "cause"),
    [
        (
            "pnpm version 11.0.3\nenv:\n  NODE_AUTH_TOKEN: ***\n[ERR_PNPM_FAILED_TO_PUBLISH] (status 404)",
            "token-shadows",
        ),
        ("lerna notice cli v8.2.4\nlerna ERR! E404 Not found\n", "lerna-old"),
        (
            "Running semantic-release version 24.2.0\nnpm: 10.9.4\nENONPMTOKEN No npm token specified.",
            "semrel-whoami",
        ),
        (
            "No user .npmrc file found, creating one\n🦋  error E404 Not Found - PUT https://r.example.test/w\n",
            "changesets-npmrc",
        ),
        (
            'yarn publish v1.22.22\nerror Couldn\'t publish package: "https://r.example.test/w: Not found"',
            "yarn-classic",
        ),
        ("bun publish v1.4.5\nerror: missing authentication (run `bunx npm login`)", "bun-publish"),
        (
            "➤ YN0033: No authentication configured for request\n➤ YN0000: Failed with errors",
            "yarn-no-auth",
        ),
    ],
)
def test_each_tool_has_its_own_cause(log, cause):
    assert ids(log)[0] == cause


@pytest.mark.parametrize(
    "log",
    [
        github_log("+ @acme/rocket@1.0.0\n"),
        github_log("+ @acme/rocket@1.0.0\n", npm="10.9.4", env=["NODE_AUTH_TOKEN: ***"]),
        github_log("npm publish --dry-run\nif: github.repository == 'acme/rocket'\n"),
        github_log('npm warn Unknown user config "always-auth".\n+ widget@1.0.0\n'),
        "Running with gitlab-runner 17.0.0\nNPM_ID_TOKEN is set\n+ widget@1.0.0\nJob succeeded\n",
        "yarn run v1.22.22\n$ npm publish\n+ widget@1.0.0\nDone in 3s.\n",
        "npm notice @acme/rocket@1.0.0 is published, by github acme/rocket release.yml\n",
        "lerna notice cli v8.2.4\nlerna success published 3 packages\n",
        "Ignored build scripts: esbuild.\n+ widget@1.0.0\n",
    ],
)
def test_a_run_that_succeeded_has_no_cause(log):
    found = diagnose(log)

    assert (found.causes, found.ran.outcome) == ((), Outcome.SUCCEEDED)


def test_a_failure_that_was_tried_again_is_none():
    assert (
        ids(
            github_log(
                "npm error code E500\nnpm error 500 Internal Server Error - PUT https://r.example.test/w\n+ w@1.0.0\n"
            )
        )
        == []
    )


def test_a_publish_by_token_after_a_failed_exchange_is_a_note():
    found = diagnose(
        github_log(
            "npm verbose oidc Failed token exchange request with body message: no\n+ @acme/rocket@1.0.0\n"
        )
    )

    assert (found.causes, [note.id for note in found.notes]) == ((), ["silent-fallback"])
    assert found.ran.published == ("@acme/rocket@1.0.0",)


def test_a_set_that_broke_off_names_the_cause_and_that_it_is_partial():
    found = diagnose(github_log("+ @acme/a@1.0.0\n" + NEEDS_AUTH + FAILED, npm="10.9.4"))

    assert [cause.id for cause in found.causes] == ["npm-too-old", "partial-release"]
    assert found.ran.published == ("@acme/a@1.0.0",)


def test_what_cannot_explain_the_failure_is_left_out():
    log = github_log(
        "npm publish --dry-run\nNo user .npmrc file found, creating one\n"
        "npm error code EPRIVATE\nnpm error This package has been marked as private\n" + FAILED,
        npm="10.9.4",
    )

    assert ids(log) == ["private-true"]


def test_a_failure_that_is_not_known_has_no_cause():
    found = diagnose(github_log("Error: tests failed\n" + FAILED))

    assert (found.causes, found.ran.outcome) == ((), Outcome.FAILED)


def test_an_empty_log_has_none():
    found = diagnose("")

    assert (found.causes, found.ran.outcome, found.lines) == ((), Outcome.UNKNOWN, 1)


@pytest.mark.parametrize(
    ("run", "expected", "code"),
    [
        (github_run(file="ci.yml"), {}, "workflow-mismatch"),
        (github_run(environment="staging"), {"environment": "npm"}, "environment-mismatch"),
        (github_run(event_name="issue_comment"), {}, "event-denied"),
        (github_run(ref="refs/heads/main"), {"refs": patterns("refs/tags/v*")}, "ref-denied"),
        (github_run(repository="mallory/rocket", repository_id="9"), {}, "no-publisher"),
    ],
)
def test_what_our_registry_refused_is_told_by_its_code(run, expected, code):
    verdict = match(run, (publisher(rules=rules(**expected)),), package=PACKAGE, now=NOW)

    cause = first(github_log(refused(verdict.refusal) + FAILED))

    assert (verdict.refusal.code, cause.id, cause.certainty) == (code, code, Certainty.CERTAIN)
    assert cause.evidence.startswith("npm notice ")


@pytest.mark.parametrize("kind", NotAKey)
def test_a_bearer_that_our_registry_knows_is_told_by_its_kind(kind):
    refusal = explain(WrongBearer(kind))

    assert (
        ids(
            github_log(
                f"npm error 401 Unauthorized - PUT https://r.example.test/w - {refusal.message}\n"
            )
        )[0]
        == kind
    )


def test_the_exchange_behind_a_refused_token_comes_first():
    exchange = match(github_run(file="ci.yml"), (publisher(),), package=PACKAGE, now=NOW).refusal
    situation = TokenSituation(
        package=str(PACKAGE),
        package_rule="default",
        rule_above=None,
        has_publisher=True,
        refused_exchange=RefusedExchange(code=exchange.code, message=exchange.message, at=NOW),
    )

    assert ids(refused(judge_token(situation)))[:2] == [
        "workflow-mismatch",
        "token-after-failed-exchange",
    ]


def test_an_answer_that_was_printed_whole_is_told_by_its_code():
    body = '{"error":"no","message":"no","code":"actor-denied","hint":null,"mismatches":[]}'

    assert ids(f"[ERR_PNPM_FAILED_TO_PUBLISH] Failed (status 403): {body}")[0] == "actor-denied"
