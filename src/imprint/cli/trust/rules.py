"""The options that say what a run must be, and the request that they make."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from imprint.publishers.configuration import PublisherRequest

    F = TypeVar("F", bound=Callable[..., object])

_OPTIONS: dict[str, Callable[[Callable[..., object]], Callable[..., object]]] = {
    "repository": click.option(
        "--repository", required=True, metavar="OWNER/NAME", help="Where the workflow lives."
    ),
    "repository_id": click.option(
        "--repository-id", metavar="N", help="Its immutable id; a name alone can be taken over."
    ),
    "owner_id": click.option("--owner-id", metavar="N", help="Its owner's immutable id."),
    "workflow": click.option("--workflow", metavar="FILE", help="The workflow that is triggered."),
    "called_workflow": click.option(
        "--called-workflow", metavar="FILE", help="The reusable workflow whose job must run."
    ),
    "called_repository": click.option(
        "--called-repository", metavar="OWNER/NAME", help="Its repository, if another one."
    ),
    "called_ref": click.option(
        "--called-ref", metavar="REF", help="The ref that it is called by, `refs/tags/v1`."
    ),
    "called_sha": click.option(
        "--called-sha", metavar="COMMIT", help="The commit that it must be at."
    ),
    "refs": click.option(
        "--ref",
        "refs",
        multiple=True,
        metavar="PATTERN",
        help="`refs/tags/v*` or alike; repeat it.",
    ),
    "ref_type": click.option("--ref-type", type=click.Choice(["branch", "tag"])),
    "ref_protected": click.option(
        "--ref-protected", is_flag=True, help="The ref must be protected at the forge."
    ),
    "environment": click.option("--environment", metavar="NAME", help="The job's environment."),
    "strict_environment": click.option(
        "--strict-environment", is_flag=True, help="The job must have no environment."
    ),
    "events": click.option(
        "--event", "events", multiple=True, metavar="NAME", help="What may start it; repeat it."
    ),
    "runners": click.option(
        "--runner",
        "runners",
        multiple=True,
        type=click.Choice(["hosted", "self-hosted"]),
        help="Whose machine may run it; repeat it.  [default: hosted]",
    ),
    "visibilities": click.option(
        "--visibility",
        "visibilities",
        multiple=True,
        type=click.Choice(["public", "internal", "private"]),
        help="Who may read the source; repeat it.",
    ),
    "context_ids": click.option(
        "--context", "context_ids", multiple=True, metavar="ID", help="A context the job must have."
    ),
    "claims": click.option(
        "--claim",
        "claims",
        multiple=True,
        metavar="NAME=VALUE",
        help="A claim and its exact text; repeat it.",
    ),
    "tag_template": click.option(
        "--tag-template", metavar="TEXT", help="The tag of a version, `v{{version}}`."
    ),
    "dist_tags": click.option(
        "--dist-tag",
        "dist_tags",
        multiple=True,
        metavar="TAG",
        help="A dist-tag that it may set; repeat it.  [default: any]",
    ),
    "version_range": click.option(
        "--version-range", metavar="RANGE", help="The versions that it may publish."
    ),
    "permissions": click.option(
        "--allow",
        "permissions",
        multiple=True,
        type=click.Choice(["publish", "stage", "dist-tag"]),
        default=("publish",),
        show_default=True,
        help="What it may do; repeat it.",
    ),
    "create": click.option(
        "--create", is_flag=True, help="A pattern may create packages that do not exist."
    ),
    "issuer_name": click.option(
        "--issuer",
        "issuer_name",
        metavar="NAME",
        help="The issuer's name here.  [default: the only one of its kind]",
    ),
}
_LIMITS = ("tag_template", "dist_tags", "version_range", "permissions", "create", "issuer_name")
_FORGE = ("repository", "repository_id", "owner_id", "workflow")
_RUN = ("refs", "ref_type", "ref_protected", "environment", "strict_environment", "events")
_CALLED = ("called_workflow", "called_repository", "called_ref", "called_sha")

GITHUB = (*_FORGE, *_CALLED, *_RUN, "runners", "visibilities", *_LIMITS)
GITLAB = (*_FORGE, *_RUN, "runners", "visibilities", *_LIMITS)
CIRCLECI = (*_FORGE, "refs", "ref_type", "context_ids", *_LIMITS)
GENERIC = ("claims", *(name for name in _LIMITS if name != "tag_template"))


def rule_options(*names: str) -> Callable[[F], F]:
    """Add the options of these names."""

    def decorate(function: F) -> F:
        decorated: Callable[..., object] = function
        for name in reversed(names):
            decorated = _OPTIONS[name](decorated)
        return decorated  # type: ignore[return-value]  # click gives back what it was given

    return decorate


def request_of(provider: str, given: dict[str, object]) -> PublisherRequest:
    """Return what was asked for; nothing of it is checked yet but the form of claims."""
    from imprint.identity.workload import Provider
    from imprint.publishers.configuration import PublisherRequest

    values = {name: value for name, value in given.items() if value not in (None, (), False)}
    if "claims" in values:
        values["claims"] = claims_of(values["claims"])
    return PublisherRequest(provider=Provider(provider), **values)  # type: ignore[arg-type]  # as _OPTIONS types them


def claims_of(texts: object) -> dict[str, str]:
    """Return `NAME=VALUE` texts as a mapping; raises Malformed."""
    claims: dict[str, str] = {}
    for text in texts if isinstance(texts, tuple) else ():
        name, equals, value = str(text).partition("=")
        if not name or not equals:
            raise Malformed("claim", f"the claim is {quoted(str(text))}: it takes `NAME=VALUE`")
        if name in claims:
            raise Malformed("claim", f"the claim {quoted(name)} is given twice")
        claims[name] = value
    return claims
