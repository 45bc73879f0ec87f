"""What somebody gets to run in one job by themselves: their code, their text, an agent.

The workspace is followed through the job's checkouts; reading a file is not running it (§7.4). Not
here: what comes in through caches, artifacts and other jobs (`graph.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.workflows.effects.checkouts import refusal_of
from imprint.workflows.effects.model import Checkout, ExecutionKind, Origin, Refusal
from imprint.workflows.findings import Confidence
from imprint.workflows.github.model import LocalUse, RemoteUse
from imprint.workflows.paths.contexts import Kind
from imprint.workflows.paths.hypotheses import Part, is_at_hand
from imprint.workflows.paths.jobs import handed_secrets
from imprint.workflows.paths.labels import Label
from imprint.workflows.paths.lattice import INTERACTION, Who, joined, who
from imprint.workflows.paths.model import Hop, Principal, Rank

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.effects.model import Execution
    from imprint.workflows.github.model import Job, Workflow
    from imprint.workflows.paths.contexts import RunContext
    from imprint.workflows.paths.guards import Admission
    from imprint.workflows.paths.hypotheses import Hypothesis
    from imprint.workflows.paths.jobs import Effects
    from imprint.workflows.profiles import Profile
    from imprint.workflows.sources import Span

REFUSED_CHECKOUT = "actions/checkout refuses a fork's code in this run (since 2026-07-16)"
_RUNS_WORKSPACE = frozenset(
    {ExecutionKind.WORKSPACE, ExecutionKind.DEPENDENCIES, ExecutionKind.LOCAL_ACTION}
)
_PUSHERS = frozenset(Origin) - {Origin.FIXED, Origin.OTHER_REPOSITORY}
"""Code that is decided by whoever pushed what a run is of: the ref, or what its scripts say."""
_OFFICIAL = frozenset({"actions", "github"})
_ACTS = ("comment", "review", "review_comment")
_OF_PUSHERS = ("commits", "head_commit", "pages")


class _Tree:
    """The workspace: whose code lies where, as the steps go on."""

    def __init__(self) -> None:
        self._lies: dict[str, tuple[Checkout, Who, frozenset[str], Confidence]] = {}

    def take(
        self, checkout: Checkout, people: Who | None, closed_by: frozenset[str], sure: Confidence
    ) -> None:
        """Follow a checkout; trusted code puts away what lay there."""
        if people is None:
            self._lies.pop(checkout.path, None)
        else:
            self._lies[checkout.path] = (checkout, people, closed_by, sure)

    def run_by(
        self, execution: Execution
    ) -> Iterator[tuple[Checkout, Who, frozenset[str], Confidence]]:
        """Yield the foreign code that an execution runs."""
        for path, lying in self._lies.items():
            if is_inside(path, execution.directory):
                yield lying


def is_inside(path: str, directory: str | None) -> bool:
    """Whether what runs in a directory uses code that was put at a path; None: not known where."""
    if directory is None or not path or path == directory:
        return True
    return directory.startswith(f"{path}/")


def seeds(
    context: RunContext,
    job: Job,
    hypothesis: Hypothesis,
    admission: Admission,
    *,
    effects: Effects,
    profile: Profile,
) -> Iterator[Label]:
    """Yield what the people of a hypothesis get to run in a job."""
    tree = _Tree()
    checkouts = [one for one in effects.checkouts if admission.reaches(one.site)]
    for execution in effects.executions:
        if not admission.reaches(execution.site):
            continue
        while checkouts and checkouts[0].site.order <= execution.site.order:
            _bring_in(tree, checkouts.pop(0), context, hypothesis, profile)
        if execution.kind in _RUNS_WORKSPACE and not _is_own_action(execution):
            for checkout, people, closed_by, sure in tree.run_by(execution):
                what = f"checks out {_named(checkout)} and runs {execution.what}"
                label = _label(
                    context, job, _span_of(execution), what=what, people=people, admission=admission
                )
                yield label.onward(closed_by=closed_by, confidence=min(sure, execution.confidence))
            continue
        yield from _by_text(context, job, hypothesis, admission, execution)


def supply_seeds(
    context: RunContext, job: Job, admission: Admission, effects: Effects
) -> Iterator[Label]:
    """Yield who controls something that a job runs: owners of actions, npm packages."""
    for execution in effects.executions:
        if not admission.reaches(execution.site):
            continue
        owner = _supplier(execution)
        if owner is None:
            continue
        people = who(Principal(rank=Rank.SUPPLY, of=owner))
        hop = _hop(context.workflow, job, _span_of(execution), f"runs {execution.what}")
        yield Label(
            people=people,
            hops=(hop,),
            trigger=context.event,
            confidence=min(execution.confidence, Confidence.MEDIUM),
        )


def handed_tokens(
    context: RunContext, job: Job, admission: Admission, effects: Effects
) -> Iterator[tuple[Label, str]]:
    """Yield the suppliers of actions that are given a token for the forge, and its name."""
    if not effects.hands_tokens:
        return
    for execution in effects.executions:
        owner = _supplier(execution)
        if owner in {None, "npm"} or not admission.reaches(execution.site):
            continue
        for secret in handed_secrets(execution.site):
            first = _hop(context.workflow, job, _span_of(execution), f"runs {execution.what}")
            hop = Hop(
                what=f"gives it the secret {secret}", node=f"secret {secret}", span=first.span
            )
            yield (
                Label(
                    people=who(Principal(rank=Rank.SUPPLY, of=owner or "")),
                    hops=(first, hop),
                    trigger=context.event,
                    confidence=Confidence.MEDIUM,
                ),
                secret,
            )


def ref_code(effects: Effects, admission: Admission) -> tuple[Span, str] | None:
    """Return where a job first runs the code of its own ref, and what; None where it never does."""
    lies: dict[str, bool] = {}
    checkouts = [one for one in effects.checkouts if admission.reaches(one.site)]
    for execution in effects.executions:
        if not admission.reaches(execution.site) or execution.kind not in _RUNS_WORKSPACE:
            continue
        while checkouts and checkouts[0].site.order <= execution.site.order:
            checkout = checkouts.pop(0)
            lies[checkout.path] = checkout.origin in _PUSHERS
        if any(own and is_inside(path, execution.directory) for path, own in lies.items()):
            return _span_of(execution), execution.what
    return None


def checks_out_own_ref(effects: Effects, admission: Admission) -> bool:
    """Whether a job has the code of its own ref in its workspace at the end."""
    return any(one.origin in _PUSHERS for one in effects.checkouts if admission.reaches(one.site))


def node_of(workflow: Workflow, job: Job) -> str:
    """Return a job's short name: `release.yml:publish`."""
    return f"{workflow.path.rpartition('/')[2]}:{job.id}"


def _bring_in(
    tree: _Tree,
    checkout: Checkout,
    context: RunContext,
    hypothesis: Hypothesis,
    profile: Profile,
) -> None:
    people = _author(checkout, context, hypothesis)
    refusal = Refusal.OPEN
    if people is not None:
        refusal = refusal_of(checkout, profile, context.event)
    closed_by = {REFUSED_CHECKOUT} if refusal is Refusal.REFUSES else set()
    sure = Confidence.LOW if refusal is Refusal.UNKNOWN else Confidence.HIGH
    tree.take(checkout, people, frozenset(closed_by), sure)


def _author(checkout: Checkout, context: RunContext, hypothesis: Hypothesis) -> Who | None:
    """Return who wrote what a checkout brings, where that is a stranger; None for own code."""
    subject = hypothesis.parts.get(Part.SUBJECT)
    match checkout.origin:
        case Origin.PULL_REQUEST | Origin.WORKFLOW_RUN:
            if subject is None or context.root.kind is Kind.OWN:
                return None
            if INTERACTION in subject and not checkout.is_mutable and is_at_hand(context):
                # Whoever has rights looked at this very commit: the event names it.
                return None
            return subject
        case Origin.RUN if context.kind is Kind.FORK:
            return subject
        case _:
            return None


def _by_text(
    context: RunContext,
    job: Job,
    hypothesis: Hypothesis,
    admission: Admission,
    execution: Execution,
) -> Iterator[Label]:
    match execution.kind:
        case ExecutionKind.INJECTION:
            what = f"puts {_list(execution.contexts)} into {execution.what}"
        case ExecutionKind.ENVIRONMENT if execution.file in {"ENV", "PATH"}:
            what = f"writes {_list(execution.contexts)} to the environment of later steps"
        case ExecutionKind.AGENT if execution.can_execute:
            yield from _by_agent(context, job, hypothesis, admission, execution)
            return
        case _:
            return
    named = [path for path in execution.contexts if path != "workspace"]
    for part in dict.fromkeys(map(_part, named)):
        people = hypothesis.parts.get(part)
        if people is not None and part is not Part.REF:
            label = _label(
                context, job, _span_of(execution), what=what, people=people, admission=admission
            )
            yield label.onward(confidence=execution.confidence)


def _by_agent(
    context: RunContext,
    job: Job,
    hypothesis: Hypothesis,
    admission: Admission,
    execution: Execution,
) -> Iterator[Label]:
    people = hypothesis.parts.get(Part.SUBJECT)
    if people is None or not (execution.open_to_all or hypothesis.actor_has_rights):
        return
    what = f"lets {execution.what} work on a stranger's text, with tools that run anything"
    sure = execution.confidence if execution.open_to_all else Confidence.LOW
    yield _label(
        context, job, _span_of(execution), what=what, people=people, admission=admission
    ).onward(confidence=sure)


def _label(
    context: RunContext, job: Job, span: Span, *, what: str, people: Who, admission: Admission
) -> Label:
    is_toctou = INTERACTION in people
    node = node_of(context.workflow, job) + (" (TOCTOU)" if is_toctou else "")
    reviewers = frozenset(one for one in admission.people if one.rank is Rank.ENV_REVIEWER)
    return Label(
        people=joined(people, reviewers),
        hops=(Hop(what=what, node=node, span=span),),
        trigger=context.root.event,
    )


def _hop(workflow: Workflow, job: Job, span: Span, what: str) -> Hop:
    return Hop(what=what, node=node_of(workflow, job), span=span)


def _span_of(execution: Execution) -> Span:
    """Return where to look: in the workflow itself, also for what a composite action runs."""
    return execution.site.span if execution.site.through else execution.span


def _named(checkout: Checkout) -> str:
    return checkout.ref or "the pull request"


def _list(contexts: tuple[str, ...]) -> str:
    shown = ", ".join(contexts[:3])
    return shown if len(contexts) <= 3 else f"{shown} and more"  # noqa: PLR2004 (a short line)


def _part(path: str) -> Part:
    """Return which part of a run a context belongs to."""
    names = path.lower().split(".")
    if len(names) > 2 and names[:2] == ["github", "event"]:  # noqa: PLR2004 (github.event.NAME)
        if names[2] in _ACTS:
            return Part.ACT
        if names[2] in _OF_PUSHERS:
            return Part.REF
        if names[2] in {"inputs", "client_payload"}:
            return Part.REF
    return Part.REF if names[0] == "inputs" else Part.SUBJECT


def _is_own_action(execution: Execution) -> bool:
    return isinstance(execution.use, LocalUse) and execution.use.self_repository


def _supplier(execution: Execution) -> str | None:
    match execution.kind:
        case ExecutionKind.DEPENDENCIES:
            return "npm"
        case ExecutionKind.ACTION | ExecutionKind.OPAQUE if not execution.is_pinned:
            if isinstance(execution.use, RemoteUse) and execution.use.owner not in _OFFICIAL:
                return execution.use.owner
            return None
        case ExecutionKind.DOWNLOAD if not execution.is_pinned:
            return "npm" if execution.what.startswith(("npx", "pnpm", "yarn", "bun")) else None
        case _:
            return None
