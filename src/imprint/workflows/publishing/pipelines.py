"""Jobs of GitLab CI and CircleCI that publish to npm. Not here: who can start them.

Sources: GitLab's "ID token authentication", CircleCI's "OpenID Connect tokens in jobs";
facts/workflows.md §6.1, W19 and W20.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imprint.identity.workload import Provider
from imprint.workflows.publishing.model import (
    Client,
    MintedToken,
    PipelineJobRef,
    PipelinePublishJob,
    PublishStep,
)
from imprint.workflows.publishing.node import client_version_in_image
from imprint.workflows.publishing.pipeline_scripts import PipelineScript
from imprint.workflows.publishing.scripts import Follower
from imprint.workflows.publishing.sites import publication_reached
from imprint.workflows.publishing.targets import (
    is_tarball,
    published_packages,
    stated_provenance,
    stated_registry,
)
from imprint.workflows.publishing.tokens import of_environment, of_files, token
from imprint.workflows.publishing.written_tokens import written_by
from imprint.workflows.shell.commands import commands_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from imprint.workflows.circleci.model import CircleConfiguration, CircleJob, JobRun
    from imprint.workflows.gitlab.model import Pipeline, PipelineJob
    from imprint.workflows.publishing.model import TokenInReach
    from imprint.workflows.repository import Repository
    from imprint.workflows.sources import Text

_AUDIENCE = re.compile(r"""["']?aud["']?\s*:\s*["']([^"']+)["']|--audience[= ]["']?([^"'\s]+)""")
_MINTS = re.compile(r"circleci\s+run\s+oidc\s+get|CIRCLE_OIDC_TOKEN")
_TOKEN_NAME = re.compile(r"\b((?:NPM|SIGSTORE)_ID_TOKEN)=")


def pipeline_publish_jobs_of(repository: Repository) -> tuple[PipelinePublishJob, ...]:
    """Return every job of GitLab CI and CircleCI that publishes, in the order of files. Total."""
    if repository.pipeline is None and not repository.circleci:
        return ()
    follower = Follower(repository)
    found: list[PipelinePublishJob] = []
    if repository.pipeline is not None:
        found += _of_gitlab(follower, repository.pipeline)
    for configuration in repository.circleci:
        found += _of_circleci(follower, configuration)
    return tuple(found)


def _of_gitlab(follower: Follower, pipeline: Pipeline) -> Iterator[PipelinePublishJob]:
    for job in pipeline.jobs:
        scripts = _gitlab_scripts(job)
        variables = {name: text.value for name, text in job.variables.items()}
        steps = tuple(_steps(follower, scripts, variables, job.image))
        if not steps:
            continue
        minted = {
            name: MintedToken(
                name=name,
                audiences=tuple(text.value for text in each.audiences),
                span=each.span,
            )
            for name, each in job.id_tokens.items()
        }
        yield PipelinePublishJob(
            provider=Provider.GITLAB,
            path=pipeline.path,
            id=job.id,
            span=job.id_span,
            steps=steps,
            id_tokens=minted,
            tokens=_tokens(follower.repository, scripts, variables, job.variables),
            image=job.image,
            environment_name=None if job.environment is None else job.environment.value,
            job=PipelineJobRef(gitlab=job),
        )


def _gitlab_scripts(job: PipelineJob) -> tuple[PipelineScript, ...]:
    main = PipelineScript.of_lines((*job.before_script, *job.script))
    return tuple(
        script for script in (main, PipelineScript.of_lines(job.after_script)) if script.value
    )


def _of_circleci(
    follower: Follower, configuration: CircleConfiguration
) -> Iterator[PipelinePublishJob]:
    for job in configuration.jobs:
        runs = tuple(
            run
            for workflow in configuration.workflows
            for run in workflow.runs
            if run.job.value == job.id
        )
        scripts = _circleci_scripts(job, runs)
        variables = {name: text.value for name, text in job.environment.items()}
        image = job.images[0] if job.images else None
        steps = tuple(_steps(follower, scripts, variables, image))
        if not steps:
            continue
        contexts = {text.value: text for run in runs for text in run.contexts}
        yield PipelinePublishJob(
            provider=Provider.CIRCLECI,
            path=configuration.path,
            id=job.id,
            span=job.id_span,
            steps=steps,
            id_tokens={each.name: each for each in _minted(follower.repository, scripts)},
            tokens=_tokens(follower.repository, scripts, variables, job.environment),
            image=image,
            contexts=tuple(contexts.values()),
            runs=runs,
            job=PipelineJobRef(circleci=job),
        )


def _circleci_scripts(job: CircleJob, runs: Sequence[JobRun]) -> tuple[PipelineScript, ...]:
    steps = [*job.steps, *(step for run in runs for step in run.steps)]
    return tuple(
        PipelineScript.of_parameters(
            step.run,
            {**{name: text for name, text in job.parameters.items() if text}, **step.bound},
            folder=step.working_directory or job.working_directory,
            shell=step.shell or job.shell,
            environment=step.environment,
        )
        for step in steps
        if step.run is not None
    )


def _steps(
    follower: Follower,
    scripts: Sequence[PipelineScript],
    variables: Mapping[str, str],
    image: Text | None,
) -> Iterator[PublishStep]:
    """Yield what the scripts of one job publish."""
    repository = follower.repository
    for place, script in enumerate(scripts):
        own = {name: text.value for name, text in script.environment.items()}
        for reached in follower.programs(
            script.value,
            shell=script.shell,
            folder=script.folder,
            environment={**variables, **own},
        ):
            publication = publication_reached(repository, reached)
            if publication is None or publication.client is Client.UNKNOWN:
                continue
            stated = {name: word.shown for name, word in reached.program.environment.items()}
            environment = {**variables, **own, **stated}
            packages = published_packages(repository, publication, reached.folder)
            span = script.span(repository, reached.command)
            texts = [each.value for each in scripts[: place + 1]]
            version = client_version_in_image(
                publication.sender, repository, image, texts, span=span
            )
            yield PublishStep(
                step=None,
                client=publication.client,
                sender=publication.sender,
                versions=(version,),
                command=reached.command.raw,
                via=reached.via,
                span=span,
                provenance=stated_provenance(repository, publication, packages, environment),
                prebuilt=bool(publication.targets) and all(map(is_tarball, publication.targets)),
                ignores_scripts=publication.ignores_scripts,
                stages=publication.stages,
                registry=stated_registry(repository, publication, packages, environment),
                packages=packages,
                confidence=min(reached.confidence, publication.confidence),
            )


def _tokens(
    repository: Repository,
    scripts: Sequence[PipelineScript],
    variables: Mapping[str, str],
    stated: Mapping[str, Text],
) -> tuple[TokenInReach, ...]:
    """Return the credentials that the job finds; project variables are nowhere in the files."""
    found = list(of_environment(stated))
    for script in scripts:
        found += of_environment(script.environment)
        for command in commands_of(script.value, shell=script.shell):
            for written in written_by(command):
                value = variables.get(written.variable or "", written.value)
                span = script.span(repository, command)
                found.append(token(written.kind, written.name, value, span=span, host=written.host))
    found += of_files(repository, frozenset())
    return tuple(dict.fromkeys(each for each in found if "ID_TOKEN" not in each.name))


def _minted(repository: Repository, scripts: Sequence[PipelineScript]) -> Iterator[MintedToken]:
    """Yield the ID tokens that a script asks CircleCI for."""
    for script in scripts:
        for command in commands_of(script.value, shell=script.shell):
            name = _TOKEN_NAME.search(command.raw)
            if name is None or _MINTS.search(command.raw) is None:
                continue
            audience = _AUDIENCE.search(command.raw.replace("\\", ""))
            audiences = () if audience is None else (audience[1] or audience[2],)
            span = script.span(repository, command)
            yield MintedToken(name=name[1], audiences=audiences, span=span)
