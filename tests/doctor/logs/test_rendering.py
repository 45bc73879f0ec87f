"""A diagnosis for people and for programs."""

from __future__ import annotations

from inline_snapshot import snapshot

from imprint.doctor.logs.diagnosis import diagnose
from imprint.doctor.logs.rendering import WIDTH, plain, summary, values

TOO_OLD = (
    "Complete job name: publish\nnpm: 10.9.4\nnpm error code ENEEDAUTH\n"
    "npm error need auth This command requires you to be logged in to https://registry.example.test/\n"
)
TAGGED = "npm error 404 Not Found - GET https://registry.example.test/-/package/widget/dist-tags - Not found\n"


def text(log):
    return "\n".join(plain(diagnose(log)))


def test_a_certain_cause_is_told_with_its_line_and_its_fix():
    assert text(TOO_OLD) == snapshot("""\
1. npm is too old to exchange an ID token (npm-too-old; the log says so)
   line 2: npm: 10.9.4
   line 3: npm error code ENEEDAUTH
   why: npm below 11.5.1 never asks for an exchange, and does not say so. Node 20 and 22 bring npm
        10; Node 24 brings a new enough one from 24.5 on.
   fix: Set `node-version: 24` for the publish job, or publish with `npx npm@11 publish`. With npm
        10, `imprint exchange PACKAGE --write-npmrc` exchanges before it.
read 4 lines of github with npm 10.9.4\
""")


def test_what_fits_too_is_told_with_what_would_tell():
    assert text(TAGGED) == snapshot("""\
1. The credential of the exchange does not reach to dist-tags (dist-tag-oidc; likely)
   line 1: npm error 404 Not Found - GET https://registry.example.test/-/package/widget/dist-tags - Not found
   why: npm below 12.2 does not exchange for `npm dist-tag`, and what was exchanged for publishing
        is good for that alone.
   fix: Publish with `--tag` right away; or use npm 12.2 or later where the registry allows
        dist-tags to the trusted publisher.
   to be sure: `npm --version`, and whether `npm view PACKAGE` finds it
1 more cause fits the log:
- There is no such package to tag, or it may not be read (dist-tag-no-package)
   to be sure: `npm view PACKAGE`
read 1 line\
""")


def test_a_run_that_succeeded_says_so():
    assert text("+ widget@1.0.0") == snapshot("""\
the run succeeded: there is no failure to explain
read 1 line; published widget@1.0.0\
""")


def test_a_failure_that_is_not_known_says_so():
    assert text("##[error]Process completed with exit code 1.") == snapshot("""\
the run failed, and for no cause that is known here
read 1 line of github\
""")


def test_lines_fit_a_terminal_but_for_what_is_quoted():
    lines = [line for line in text(TOO_OLD + TAGGED).splitlines() if not line.startswith("   line")]

    assert max(map(len, lines)) <= WIDTH


def test_programs_get_the_same():
    found = diagnose(TOO_OLD)

    assert summary(found) == snapshot({"outcome": "failed", "causes": 1, "notes": 0, "lines": 4})
    assert values(found) == snapshot(
        {
            "causes": [
                {
                    "id": "npm-too-old",
                    "line": 2,
                    "evidence": "npm: 10.9.4",
                    "cause": "npm below 11.5.1 never asks for an exchange, and does not say so. Node 20 and 22 bring npm 10; Node 24 brings a new enough one from 24.5 on.",
                    "fix": "Set `node-version: 24` for the publish job, or publish with `npx npm@11 publish`. With npm 10, `imprint exchange PACKAGE --write-npmrc` exchanges before it.",
                    "title": "npm is too old to exchange an ID token",
                    "certainty": "certain",
                    "told_apart_by": None,
                    "lines": [
                        {"line": 2, "text": "npm: 10.9.4"},
                        {"line": 3, "text": "npm error code ENEEDAUTH"},
                    ],
                    "links": ["docs/guides/publish-from-github-actions.md"],
                    "place": None,
                }
            ],
            "notes": [],
            "clients": [{"name": "npm", "version": "10.9.4", "line": 2}],
            "ran": {"outcome": "failed", "provider": "github", "job": "publish", "published": []},
        }
    )
