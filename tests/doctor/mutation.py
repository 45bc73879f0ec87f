"""Each incident's fault, put into a repository that does not have it, with the path it must open.

Source: facts/workflows.md §5 and the incidents' own pages. What is added was written for this: the
files below `tests/data/doctor/faults` and a few lines in the job that publishes. Where a fault
makes no difference, `NoPlaceError` says why.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from imprint.workflows.facts import EnvironmentFacts, Facts
from imprint.workflows.facts_reading import facts_from_object
from imprint.workflows.paths.model import Principal, Rank
from imprint.workflows.profiles import GITHUB_2025_08, GITHUB_2026_05, GITHUB_2026_07
from tests.doctor.injecting import (
    WORKFLOWS,
    NoPlaceError,
    Subject,
    conditions_of,
    environment_of,
    events_of,
    job_text,
    pushed_branch,
    with_job_key,
    with_step,
    with_trigger,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from imprint.publishers.publisher import TrustedPublisher
    from imprint.workflows.profiles import Profile

FAULTS_FOLDER = Path(__file__).resolve().parents[1] / "data" / "doctor" / "faults"
PACKAGE = "@acme/rocket"
ANON = (Principal(rank=Rank.ANON),)
WRITER = (Principal(rank=Rank.WRITER),)
TOOLS = (Principal(rank=Rank.SUPPLY, of="acme-tools"),)
"""Whoever owns the action `acme-tools/changed-files`."""

NOT_INJECTED = {
    "mta-build-tool-2026-04": "a token in a CircleCI file; paths through CircleCI are not analysed",
    "reviewdog-action-setup-2025-03": "no faulty file: who becomes a writer is set at the forge",
    "megalodon-2026-05": "the same files as ghostaction-2025-09",
    "awesome-go-2026-02": "the same files as trivy-2026-02, with another build tool",
}
"""Incidents of which no fault is put into files, and why."""

_RESTORE = """\
- uses: actions/cache@v4
  with:
    path: ~/.npm
    key: npm-${{ hashFiles('package-lock.json') }}
    restore-keys: npm-
"""
_UNPINNED = "- uses: acme-tools/changed-files@v2\n"
_PULL_REQUEST = """\
- if: github.event_name == 'issue_comment'
  run: |
    git fetch origin pull/${{ github.event.issue.number }}/head
    git checkout FETCH_HEAD
    npm install
"""
_TOKEN = "env:\n  NODE_AUTH_TOKEN: ${{ secrets.NPM_TOKEN }}\n"
_DECIDES_BY_RUN = re.compile(r"github\.(event|ref|head_ref|base_ref)|\b(needs|inputs|steps)\.")
_NPM_SECRET = re.compile(r"secrets\.(\w*(?:npm|publish)\w*token)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Injection:
    """A repository before and after, and what the analyser has to say of the second alone."""

    before: Subject
    facts_before: Facts
    after: Subject
    facts: Facts
    profile: Profile
    who: tuple[Principal, ...]
    through: tuple[str, ...]
    """Nodes that some path of `who` passes, in this order; others may lie between."""
    can_publish: bool = True
    """False: what the token is good for is not told, only in whose reach it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One incident's fault."""

    incident: str
    inject: Callable[[Subject], Injection]
    """Raises NoPlaceError where the fault makes no difference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """Where a fault was put, and where it makes no difference."""

    injections: tuple[Injection, ...]
    left_out: Mapping[str, str]
    """The reason by the repository's name."""


def survey(fault: Fault, subjects: Iterable[Subject]) -> Survey:
    """Put a fault into each repository that has a place for it."""
    injections, left_out = [], {}
    for subject in subjects:
        try:
            injections.append(fault.inject(subject))
        except NoPlaceError as reason:
            left_out[subject.name] = str(reason)
    return Survey(injections=tuple(injections), left_out=left_out)


def known(subject, **overrides) -> Facts:
    """What is known beyond the files: one trusted publisher, for the job's environment.

    Nothing at the forge stands in the way: each fault is looked for in the files alone.
    """
    environment = environment_of(subject)
    stated = {
        "repository": subject.name,
        "default_branch": pushed_branch(subject.text),
        "default_branch_protected": False,
        "tag_rules": False,
        "environments": {environment: EnvironmentFacts()} if environment else {},
        "writers": 14,
        "default_permissions_write": False,
        "publishers": _trusting(subject, environment),
    }
    return Facts(**{**stated, **overrides})


def _trusting(
    subject: Subject, environment: str | None
) -> Mapping[str, tuple[TrustedPublisher, ...]]:
    """Return the publishers of the one package: npm's own, for the subject's workflow."""
    stated = {
        "provider": "github",
        "repository": subject.name,
        "workflow": subject.file,
        "environment": environment,
    }
    found = facts_from_object({"npm": {PACKAGE: stated}}).publishers
    assert found is not None
    return found


def _fault_file(incident: str) -> str:
    return (FAULTS_FOLDER / f"{incident}.yml").read_text()


def _with_fault_file(subject: Subject, incident: str) -> Subject:
    return subject.beside(f"{WORKFLOWS}{incident}.yml", _fault_file(incident))


def _opened(
    subject: Subject,
    after: Subject,
    *,
    profile: Profile,
    who: tuple[Principal, ...],
    through: tuple[str, ...],
    facts: Facts | None = None,
) -> Injection:
    given = known(subject) if facts is None else facts
    return Injection(
        before=subject,
        facts_before=given,
        after=after,
        facts=given,
        profile=profile,
        who=who,
        through=(*through, subject.publishing),
    )


def _through_cache(subject: Subject, incident: str, job: str) -> Injection:
    after = with_step(_with_fault_file(subject, incident), _RESTORE)
    through = (f"{incident}.yml:{job}", "cache")
    return _opened(subject, after, profile=GITHUB_2026_05, who=ANON, through=through)


def _through_bot_token(subject: Subject, incident: str, job: str, profile: Profile) -> Injection:
    """A person's or bot's token is lost, which may push: what starts the release is theirs."""
    if not {"push", "release", "schedule", "workflow_dispatch"} & set(events_of(subject.text)):
        raise NoPlaceError("a push does not start its workflow")
    after = _with_fault_file(subject, incident)
    return _opened(subject, after, profile=profile, who=ANON, through=(f"{incident}.yml:{job}",))


def _through_dispatch(
    subject: Subject, incident: str, job: str, profile: Profile, facts: Facts
) -> Injection:
    """The run's own token dispatches the release on a branch that it has pushed."""
    _must_run_on_any_start(subject)
    after = with_trigger(_with_fault_file(subject, incident), "workflow_dispatch")
    through = (f"{incident}.yml:{job}",)
    return _opened(subject, after, profile=profile, who=ANON, through=through, facts=facts)


def _must_run_on_any_start(subject: Subject) -> None:
    for job, condition in conditions_of(subject):
        if _DECIDES_BY_RUN.search(condition):
            raise NoPlaceError(f"job `{job}` runs by what started it or by outputs")


def tanstack(subject: Subject) -> Injection:
    """A pull request's code fills the default branch's cache, and the release restores it."""
    return _through_cache(subject, "tanstack-router-2026-05", "size")


def cline(subject: Subject) -> Injection:
    """An issue's title tells an agent what to do, which fills the cache."""
    return _through_cache(subject, "cline-2026-02", "triage")


def ultralytics(subject: Subject) -> Injection:
    """A branch's name is run by a local composite action, and fills the cache."""
    injection = _through_cache(subject, "ultralytics-2024-12", "format")
    action = _fault_file("ultralytics-2024-12.action")
    after = injection.after.beside(".github/actions/format-branch/action.yml", action)
    return replace(injection, after=after)


def nx(subject: Subject) -> Injection:
    """A pull request's title is run with a token that writes by default, and dispatches."""
    facts = known(subject, default_permissions_write=True)
    return _through_dispatch(subject, "nx-2025-08", "validate", GITHUB_2025_08, facts)


def elementary(subject: Subject) -> Injection:
    """A comment's text is run with a token that writes."""
    facts = known(subject)
    return _through_dispatch(subject, "elementary-2026-04", "read", GITHUB_2026_07, facts)


def asyncapi(subject: Subject) -> Injection:
    """A pull request's script is loaded beside a bot's token; the label test is no gate."""
    return _through_bot_token(subject, "asyncapi-cli-2025-11", "describe", GITHUB_2026_07)


def spotbugs(subject: Subject) -> Injection:
    """The ref comes out of another step, and the build has a bot's token."""
    name = "spotbugs-sonar-findbugs-2024-11"
    return _through_bot_token(subject, name, "analyse", GITHUB_2026_05)


def trivy(subject: Subject) -> Injection:
    """A local action of the pull request runs; the exact checkout version has no guard."""
    return _through_bot_token(subject, "trivy-2026-02", "compare", GITHUB_2026_07)


def prt_scan(subject: Subject) -> Injection:
    """A pull request's code is installed beside the npm token: no release has to run."""
    found = _NPM_SECRET.search(subject.text)
    if environment_of(subject):
        raise NoPlaceError("its environment may keep the secret for itself")
    before = subject if found else with_job_key(subject, "env", _TOKEN)
    name = found.group(1) if found else "NPM_TOKEN"
    text = _fault_file("prt-scan-2026-04").replace("secrets.NPM_TOKEN", f"secrets.{name}")
    after = before.beside(f"{WORKFLOWS}prt-scan-2026-04.yml", text)
    through = ("prt-scan-2026-04.yml:preview",)
    injection = _opened(before, after, profile=GITHUB_2026_05, who=ANON, through=through)
    return replace(injection, through=through)


def tj_actions(subject: Subject) -> Injection:
    """A tag of somebody's action decides what gets a bot's token: it is in their reach."""
    name = "tj-actions-changed-files-2025-03"
    injection = _through_bot_token(subject, name, "checks", GITHUB_2026_07)
    through = (f"{name}.yml:checks", "secret BOT_TOKEN")
    return replace(injection, who=TOOLS, through=through, can_publish=False)


def bitwarden(subject: Subject) -> Injection:
    """A tag of somebody's action decides what runs in the publish job itself."""
    after = with_step(subject, _UNPINNED)
    return _opened(subject, after, profile=GITHUB_2026_07, who=TOOLS, through=())


def openapi_react_query(subject: Subject) -> Injection:
    """A comment starts the release, which installs the pull request's code."""
    _must_run_on_any_start(subject)
    after = with_step(with_trigger(subject, "issue_comment"), _PULL_REQUEST)
    return _opened(subject, after, profile=GITHUB_2026_07, who=ANON, through=())


def cap_js(subject: Subject) -> Injection:
    """The job names an environment, and the trusted publisher does not ask for it."""
    if _NPM_SECRET.search(job_text(subject)):
        raise NoPlaceError("it reads an npm token, which a writer has anyway")
    name = environment_of(subject)
    bound = subject if name else with_job_key(subject, "environment", "environment: npm\n")
    gate = {name or "npm": EnvironmentFacts(branches=("main",), tags=(), reviewers=2)}
    return Injection(
        before=bound,
        facts_before=known(bound, environments=gate, default_branch_protected=True),
        after=bound,
        facts=known(
            bound,
            environments=gate,
            default_branch_protected=True,
            publishers=_trusting(bound, None),
        ),
        profile=GITHUB_2026_07,
        who=WRITER,
        through=(),
    )


def ghost_action(subject: Subject) -> Injection:
    """The npm token is a secret of the whole repository: each branch's workflow reads it."""
    if _NPM_SECRET.search(subject.text):
        raise NoPlaceError("it reads an npm token already")
    if environment_of(subject):
        raise NoPlaceError("its environment may keep the secret for itself")
    nobody = known(subject, publishers={PACKAGE: ()})
    after = with_job_key(subject, "env", _TOKEN)
    injection = _opened(
        subject, after, profile=GITHUB_2026_07, who=WRITER, through=(), facts=nobody
    )
    return replace(injection, through=())


FAULTS = (
    Fault(incident="tanstack-router-2026-05", inject=tanstack),
    Fault(incident="cline-2026-02", inject=cline),
    Fault(incident="ultralytics-2024-12", inject=ultralytics),
    Fault(incident="nx-2025-08", inject=nx),
    Fault(incident="elementary-2026-04", inject=elementary),
    Fault(incident="asyncapi-cli-2025-11", inject=asyncapi),
    Fault(incident="spotbugs-sonar-findbugs-2024-11", inject=spotbugs),
    Fault(incident="trivy-2026-02", inject=trivy),
    Fault(incident="prt-scan-2026-04", inject=prt_scan),
    Fault(incident="tj-actions-changed-files-2025-03", inject=tj_actions),
    Fault(incident="bitwarden-cli-2026-04", inject=bitwarden),
    Fault(incident="7nohe-2026", inject=openapi_react_query),
    Fault(incident="cap-js-cds-dbs-2026-04", inject=cap_js),
    Fault(incident="ghostaction-2025-09", inject=ghost_action),
)
