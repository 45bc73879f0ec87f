"""A publisher and a Workload in one line each, for people: lists, mails, events, `whoami`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.identity.workload import Provider
from imprint.publishers.comparisons import known
from imprint.publishers.publisher import PublisherState
from imprint.publishers.workflows import is_reusable_call
from imprint.refusals import quoted

if TYPE_CHECKING:
    from imprint.identity.workload import Workload
    from imprint.publishers.publisher import TrustedPublisher, WorkflowRule

_LONGEST = 1000


def describe_publisher(publisher: TrustedPublisher) -> str:
    """Return `github acme/widget release.yml, environment npm, refs/tags/v*`."""
    rules = publisher.rules
    subject = [publisher.provider.value]
    if publisher.provider is Provider.GENERIC:
        subject.append(publisher.issuer.name)
    if rules.repository is not None:
        subject.append(rules.repository)
    if rules.workflow is not None:
        subject.append(_workflow(rules.workflow))
    parts = [" ".join(subject)]
    parts += [f"{name}={value}" for name, value in rules.claims.items()]
    if rules.environment is not None:
        parts.append(f"environment {rules.environment}")
    elif rules.strict_environment:
        parts.append("no environment")
    parts += [pattern.text for pattern in rules.refs]
    if rules.ref_type is not None:
        parts.append(f"{rules.ref_type.value} only")
    if rules.ref_protected:
        parts.append("protected refs only")
    if rules.events:
        parts.append("on " + " or ".join(rules.events))
    parts += [f"{runner.value} runners" for runner in rules.runners]
    parts += [f"{visibility.value} source" for visibility in rules.visibilities]
    if rules.actors:
        parts.append("by " + " or ".join(rules.actors))
    if rules.context_ids:
        parts.append("contexts " + " and ".join(rules.context_ids))
    if publisher.state is not PublisherState.ACTIVE:
        parts.append(publisher.state.value)
    return _shown(", ".join(parts))


def describe_workload(workload: Workload) -> str:
    """Return `github acme/widget, workflow …/release.yml@refs/heads/main, environment npm, …`."""
    parts = [f"{workload.provider.value} {known(workload.repository) or workload.issuer}"]
    subject = (known(workload.claims) or {}).get("sub")
    if subject is not None:
        parts.append(f"sub {subject}")
    caller = known(workload.caller_workflow_ref)
    if caller is not None:
        parts.append(f"workflow {caller}")
    # Case D25: a job of another workflow than the triggered one is always visible.
    if is_reusable_call(workload):
        parts.append(f"calling {known(workload.called_workflow_ref)}")
    for name, value in (
        ("ref", workload.ref),
        ("environment", workload.environment),
        ("event", workload.event),
        ("run", workload.run_id),
    ):
        text = known(value)
        if text is not None:
            parts.append(f"{name} {text}")
    return _shown(", ".join(parts))


def _workflow(rule: WorkflowRule) -> str:
    if rule.called is None:
        return rule.caller or ""
    called = rule.called.file
    if rule.called.repository is not None:
        called = f"{rule.called.repository}/{called}"
    revision = rule.called.sha or rule.called.ref
    if revision is not None:
        called += f"@{revision}"
    return f"calling {called}" if rule.caller is None else f"{rule.caller} calling {called}"


def _shown(text: str) -> str:
    """Return the line printable, cut where it is long: it stands in mails and lists."""
    line = ", ".join(quoted(part)[1:-1] for part in text.split(", "))
    return line if len(line) <= _LONGEST else line[: _LONGEST - 3] + "..."
