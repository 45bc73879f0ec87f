"""Which code comes into the workspace, and whether the action would refuse it.

By actions/checkout and its like, and by `git` and `gh` in scripts (facts/workflows.md §3, §7.4).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.workflows.effects.expansion import sites_of, use_name
from imprint.workflows.effects.git_checkouts import checkouts_of_script
from imprint.workflows.effects.model import Checkout, Origin, Refusal, Site
from imprint.workflows.effects.origins import Place, origin_of_ref, origin_of_repository
from imprint.workflows.effects.situations import may_run, situations_of
from imprint.workflows.github.model import RemoteUse
from imprint.workflows.tables.pins import KnownBy, version_of
from imprint.workflows.tables.releases import OPEN, release_of

if TYPE_CHECKING:
    from imprint.workflows.github.model import Job, Workflow
    from imprint.workflows.profiles import Profile
    from imprint.workflows.repository import Repository
    from imprint.workflows.tables.releases import Release

CHECKOUT = "actions/checkout"
_ALIKE = {
    CHECKOUT,
    "taiki-e/checkout-action",
    "zkat/checkout",
    "namespacelabs/nscloud-checkout-action",
}
_GUARDED = {3: "3.7.0", 4: "4.4.0", 5: "5.1.0", 6: "6.1.0", 7: "7.0.0"}
"""The first release of each line that refuses a fork's code (its release notes)."""
_GUARDED_EVENTS = {"pull_request_target", "workflow_run"}
_NO = {"false", "no", "off", "n"}


def checkouts_of(
    repository: Repository, workflow: Workflow, job: Job, *, event: str | None = None
) -> tuple[Checkout, ...]:
    """Return the code that the job's steps may bring in, in order.

    With `event`, as runs of that event do: what its payload does not have names nothing.
    """
    situations = situations_of(repository, workflow, job, event=event)
    found: list[Checkout] = []
    for site in sites_of(repository, workflow, job):
        if not any(may_run(site, situation) for situation in situations):
            continue
        place = Place(
            repository=repository,
            workflow=workflow,
            job=job,
            environment=site.environment,
            event=event,
        )
        if isinstance(site.step.uses, RemoteUse) and site.step.uses.name in _ALIKE:
            found.append(_of_action(site, site.step.uses, place))
        found.extend(checkouts_of_script(site, place))
    return tuple(found)


def refusal_of(checkout: Checkout, profile: Profile, event: str) -> Refusal:
    """Return whether the action refuses a fork's code in runs of an event (facts §3).

    (1) Only actions/checkout looks, (2) in privileged runs, (3) unless it was told not to,
    (4) at what comes from a fork, (5) from a certain release on.
    """
    if checkout.action != CHECKOUT or checkout.version is None:  # (1)
        return Refusal.OPEN
    if event not in _GUARDED_EVENTS or checkout.unsafe_asked:  # (2), (3)
        return Refusal.OPEN
    if checkout.origin not in {Origin.PULL_REQUEST, Origin.WORKFLOW_RUN}:  # (4)
        return Refusal.OPEN
    if not profile.checkout_guard:
        return Refusal.OPEN
    version = checkout.version  # (5)
    if version.known_by is KnownBy.NOTHING:
        return Refusal.UNKNOWN
    highest = version.releases.highest
    lowest = version.releases.lowest
    if highest is None or lowest is None or lowest[0] >= OPEN:
        return Refusal.REFUSES
    guarded = _guarded_from(lowest[0])
    if guarded is None or highest < guarded:
        return Refusal.OPEN
    is_old_line = lowest[0] < max(_GUARDED)
    if is_old_line and not profile.checkout_guard_backported:
        return Refusal.OPEN
    # A floating tag is at its newest release; `v6.0` has none with the guard, and was left above.
    return Refusal.REFUSES


def _guarded_from(major: int) -> Release | None:
    if major > max(_GUARDED):
        return (major, 0, 0)
    return None if major not in _GUARDED else release_of(_GUARDED[major])


def _of_action(site: Site, use: RemoteUse, place: Place) -> Checkout:
    ref = site.inputs.get("ref", "")
    repository = site.inputs.get("repository", "")
    named = origin_of_ref(ref, place)
    home = origin_of_repository(repository, place)
    origin = named.origin if home is Origin.RUN else home
    is_head = home in {Origin.PULL_REQUEST, Origin.WORKFLOW_RUN}
    inputs = site.step.inputs
    span = inputs["ref"].span if "ref" in inputs and not site.through else site.span
    unsafe = site.inputs.get("allow-unsafe-pr-checkout", "").strip().lower()
    return Checkout(
        site=site,
        action=use_name(use),
        version=version_of(use),
        origin=origin,
        ref=ref or None,
        repository=repository or None,
        path=site.inputs.get("path", "").removeprefix("./").strip("/"),
        persists_credentials=site.inputs.get("persist-credentials", "").strip().lower() not in _NO,
        is_mutable=named.is_mutable or (is_head and not ref),
        unsafe_asked=unsafe not in {"", *_NO},
        span=span,
    )
