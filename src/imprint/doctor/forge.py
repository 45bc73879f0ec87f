"""What GitHub's API says of a repository, with a read-only token: branches, environments, rules.

Every question is optional: what a token may not read stays unknown, and is said. Source: GitHub's
REST API, version 2022-11-28; facts/workflows.md §7.1. Nothing is ever written.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

import msgspec

from imprint.refusals import Malformed, Unavailable
from imprint.upstream.failures import FetchFailed
from imprint.upstream.fetch import Fetcher
from imprint.upstream.forge.api import ForgeApi
from imprint.upstream.forge.github import ACCEPT
from imprint.workflows.facts import EnvironmentFacts, Facts

if TYPE_CHECKING:
    from imprint.publishers.credentials import Secret

Known = TypeVar("Known")

MOST_ENVIRONMENTS = 50
_PAGE = 100
_ALL_REFS = "~ALL"


class _Owner(msgspec.Struct, frozen=True):
    id: int


class _Repository(msgspec.Struct, frozen=True):
    id: int
    full_name: str
    default_branch: str
    owner: _Owner


class _Named(msgspec.Struct, frozen=True):
    name: str


class _Protected(msgspec.Struct, frozen=True):
    name: str
    protected: bool = False


class _Reviewer(msgspec.Struct, frozen=True):
    type: str = ""


class _Protection(msgspec.Struct, frozen=True):
    type: str
    reviewers: list[_Reviewer] = []
    prevent_self_review: bool = False


class _BranchPolicy(msgspec.Struct, frozen=True):
    protected_branches: bool = False
    custom_branch_policies: bool = False


class _Environment(msgspec.Struct, frozen=True):
    name: str
    protection_rules: list[_Protection] = []
    deployment_branch_policy: _BranchPolicy | None = None
    can_admins_bypass: bool | None = None


class _Environments(msgspec.Struct, frozen=True):
    environments: list[_Environment] = []


class _Policy(msgspec.Struct, frozen=True):
    name: str
    type: str = "branch"


class _Policies(msgspec.Struct, frozen=True):
    branch_policies: list[_Policy] = []


class _RefName(msgspec.Struct, frozen=True):
    include: list[str] = []


class _Conditions(msgspec.Struct, frozen=True):
    ref_name: _RefName = _RefName()


class _Rule(msgspec.Struct, frozen=True):
    type: str
    parameters: dict[str, object] = {}


class _Ruleset(msgspec.Struct, frozen=True):
    id: int
    target: str = "branch"
    enforcement: str = "active"
    conditions: _Conditions | None = None
    rules: list[_Rule] = []


class _WorkflowPermissions(msgspec.Struct, frozen=True):
    default_workflow_permissions: str = ""


class _Approval(msgspec.Struct, frozen=True):
    approval_policy: str = ""


_APPROVALS = {
    "first_time_contributors_new_to_github": "first-time",
    "first_time_contributors": "first-time",
    "all_external_contributors": "all",
}


@dataclass(slots=True)
class Forge:
    """The API of one forge, asked about one repository; `notes` says what was not answered."""

    fetcher: Fetcher
    api: str
    """`https://api.github.com`, or that of a server."""
    repository: str
    token: Secret | None = field(default=None, repr=False)
    notes: list[str] = field(default_factory=list)
    _asked: ForgeApi = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Have the API asked as every forge is; a token that may not read much is no fault."""
        self._asked = ForgeApi(
            fetcher=self.fetcher, url=self.api, token=self.token, accept=ACCEPT, rests_after=0
        )

    async def facts(self) -> Facts:
        """Return everything that the token may read; raises Unavailable for none at all."""
        known = await self._ask("", _Repository, "the repository")
        if known is None:
            raise Unavailable(
                "forge-unanswered",
                f"the forge tells nothing of `{self.repository}`: {self.notes[-1]}",
                hint="`GITHUB_TOKEN` takes a token that may read the repository",
            )
        default = known.default_branch
        protection = f"/branches/{quote(default)}"
        listing = f"/branches?protected=true&per_page={_PAGE}"
        fork_approval = "/actions/permissions/fork-pr-contributor-approval"
        branch = await self._ask(protection, _Protected, "branch protection")
        branches = await self._ask(listing, list[_Named], "protected branches")
        environments = await self._environments()
        rulesets = await self._rulesets()
        writers = await self._writers()
        permissions = await self._ask(
            "/actions/permissions/workflow", _WorkflowPermissions, "default permissions"
        )
        approval = await self._ask(fork_approval, _Approval, "approval of forks' runs")
        return Facts(
            repository=known.full_name,
            repository_id=str(known.id),
            owner_id=str(known.owner.id),
            default_branch=default,
            default_branch_protected=_protected(branch, rulesets, default),
            protected_branches=None if branches is None else tuple(one.name for one in branches),
            tag_rules=_tag_rules(rulesets),
            environments=environments,
            writers=writers,
            default_permissions_write=(
                None if permissions is None else permissions.default_workflow_permissions == "write"
            ),
            fork_approval=None if approval is None else _APPROVALS.get(approval.approval_policy),
            codeowner_reviews_required=_codeowners(rulesets, default),
        )

    async def _environments(self) -> dict[str, EnvironmentFacts] | None:
        found = await self._ask(f"/environments?per_page={_PAGE}", _Environments, "environments")
        if found is None:
            return None
        known = found.environments[:MOST_ENVIRONMENTS]
        facts = await asyncio.gather(*(self._environment(one) for one in known))
        return {one.name: each for one, each in zip(known, facts, strict=True) if each is not None}

    async def _environment(self, known: _Environment) -> EnvironmentFacts | None:
        reviews = [one for one in known.protection_rules if one.type == "required_reviewers"]
        policy = known.deployment_branch_policy
        branches: tuple[str, ...] | None = None
        tags: tuple[str, ...] | None = None
        if policy is not None and policy.custom_branch_policies:
            path = f"/environments/{quote(known.name, safe='')}/deployment-branch-policies"
            found = await self._ask(path, _Policies, f"policy of environment {known.name}")
            if found is None:
                return None
            branches = tuple(one.name for one in found.branch_policies if one.type == "branch")
            tags = tuple(one.name for one in found.branch_policies if one.type == "tag")
        elif policy is not None and policy.protected_branches:
            protected = await self._ask(
                f"/branches?protected=true&per_page={_PAGE}", list[_Named], "branches"
            )
            branches = () if protected is None else tuple(one.name for one in protected)
            tags = ()
        return EnvironmentFacts(
            branches=branches,
            tags=tags,
            reviewers=sum(len(one.reviewers) for one in reviews),
            prevent_self_review=any(one.prevent_self_review for one in reviews),
            administrators_bypass=known.can_admins_bypass,
        )

    async def _rulesets(self) -> list[_Ruleset] | None:
        listed = await self._ask(
            f"/rulesets?includes_parents=true&per_page={_PAGE}", list[_Ruleset], "rulesets"
        )
        if listed is None:
            return None
        active = [one for one in listed if one.enforcement == "active"]
        whole = await asyncio.gather(
            *(self._ask(f"/rulesets/{one.id}", _Ruleset, f"ruleset {one.id}") for one in active)
        )
        return None if None in whole else [one for one in whole if one is not None]

    async def _writers(self) -> int | None:
        path = f"/collaborators?permission=push&per_page={_PAGE}"
        found = await self._ask(path, list[object], "who may write")
        return None if found is None else len(found)

    async def _ask(self, path: str, shape: type[Known], what: str) -> Known | None:
        try:
            found = await self._asked.ask(f"/repos/{self.repository}{path}", shape)
        except FetchFailed as err:
            self.notes.append(f"{what} not known: {_reason(err)}")
        except Malformed:
            self.notes.append(f"{what} not known: the forge's answer is of another form")
        else:
            if found is None:
                self.notes.append(f"{what} not known: the forge has none")
            return found
        return None


def _reason(err: FetchFailed) -> str:
    if err.status in (HTTPStatus.FORBIDDEN, HTTPStatus.UNAUTHORIZED):
        return "the token may not read it"
    return err.message


def _covers(ruleset: _Ruleset, target: str, ref: str | None, default: str) -> bool:
    if ruleset.target != target or ruleset.enforcement != "active":
        return False
    included = ruleset.conditions.ref_name.include if ruleset.conditions is not None else []
    wanted = {_ALL_REFS, "~DEFAULT_BRANCH", f"refs/heads/{default}"} if ref else {_ALL_REFS}
    return bool(wanted.intersection(included))


def _protected(
    branch: _Protected | None, rulesets: list[_Ruleset] | None, default: str
) -> bool | None:
    """Return whether nobody pushes to the default branch without review."""
    if rulesets is not None and any(
        rule.type == "pull_request"
        for one in rulesets
        if _covers(one, "branch", default, default)
        for rule in one.rules
    ):
        return True
    return None if branch is None else branch.protected


def _tag_rules(rulesets: list[_Ruleset] | None) -> bool | None:
    if rulesets is None:
        return None
    return any(
        rule.type == "creation" for one in rulesets if one.target == "tag" for rule in one.rules
    )


def _codeowners(rulesets: list[_Ruleset] | None, default: str) -> bool | None:
    if rulesets is None:
        return None
    required = [
        rule.parameters.get("require_code_owner_review") is True
        for one in rulesets
        if _covers(one, "branch", default, default)
        for rule in one.rules
        if rule.type == "pull_request"
    ]
    # Branch protection of the older kind may ask for it, too: its rules need an administrator.
    return True if any(required) else None
