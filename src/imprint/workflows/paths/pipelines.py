"""Paths of GitLab CI and CircleCI: whoever holds the token that a job publishes with.

Their runs are not followed as GitHub's are; a long-lived token needs no run (the mta incident).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imprint.workflows.findings import Confidence
from imprint.workflows.paths.identities import packages_of_steps
from imprint.workflows.paths.kinds import PathKind
from imprint.workflows.paths.model import Hop, Principal, PublishPath, Rank
from imprint.workflows.publishing.pipelines import pipeline_publish_jobs_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.facts import Facts
    from imprint.workflows.publishing.model import PipelinePublishJob, TokenInReach
    from imprint.workflows.repository import Repository

_VARIABLE = re.compile(r"\$\{?([A-Za-z_]\w*)")


def token_holders(repository: Repository, facts: Facts, profile: str) -> Iterator[PublishPath]:
    """Yield who can publish with a token that a pipeline's job has."""
    for job in pipeline_publish_jobs_of(repository):
        for token in job.tokens:
            holder = Principal(rank=Rank.TOKEN_HOLDER, of=_name(repository, token))
            for package in packages_of_steps(job.steps):
                if facts.tokens_allowed.get(package, True):
                    yield PublishPath(
                        package=package,
                        who=(holder,),
                        can_publish=True,
                        trigger=job.provider.value,
                        hops=(_reads(job, token), _publishes(job)),
                        profile=profile,
                        confidence=Confidence.MEDIUM,
                        check=PathKind.TOKEN_HOLDER,
                    )


def _name(repository: Repository, token: TokenInReach) -> str:
    """Return the variable or secret that the token is kept in; empty where it is not named."""
    if token.secret is not None:
        return token.secret
    text = repository.texts.get(token.span.path, "")[token.span.start : token.span.end]
    match = _VARIABLE.search(text)
    return "" if match is None else match[1]


def _reads(job: PipelinePublishJob, token: TokenInReach) -> Hop:
    contexts = ", ".join(context.value for context in job.contexts)
    reader = f"everybody who may use the context {contexts}" if contexts else "every job"
    return Hop(
        what=f"the token is a variable of the project, which {reader} reads",
        node=f"token {token.secret or token.kind}",
        span=token.span,
    )


def _publishes(job: PipelinePublishJob) -> Hop:
    return Hop(
        what="publishes with it; so can whoever copies it",
        node=f"{job.path.rpartition('/')[2]}:{job.id}",
        span=job.span,
    )
