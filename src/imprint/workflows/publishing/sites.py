"""The publish steps among a job's steps: scripts, actions, and what either comes to run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from imprint.workflows.effects.expansion import use_name
from imprint.workflows.findings import Confidence
from imprint.workflows.github.model import RemoteUse
from imprint.workflows.publishing.clients import is_client, publication_of
from imprint.workflows.publishing.configuration import is_switched_off
from imprint.workflows.publishing.known_actions import PUBLISHING, SCRIPTS
from imprint.workflows.publishing.matrices import texts_by_leg
from imprint.workflows.publishing.members import normal_folder, tools_of
from imprint.workflows.publishing.model import Client, PublishStep
from imprint.workflows.publishing.names import sounds_like_publishing
from imprint.workflows.publishing.publications import Publication
from imprint.workflows.publishing.sent_versions import sent_versions
from imprint.workflows.publishing.step_scripts import command_span, input_script, scripts_of
from imprint.workflows.publishing.targets import (
    is_tarball,
    published_packages,
    stated_provenance,
    stated_registry,
)
from imprint.workflows.publishing.tokens import has_npm_token
from imprint.workflows.shell.expressions import pieces_of
from imprint.workflows.shell.model import Word
from imprint.workflows.tables.pins import pins

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from imprint.workflows.effects.model import Site
    from imprint.workflows.github.model import Job, Use, Workflow
    from imprint.workflows.publishing.known_actions import PublishingAction
    from imprint.workflows.publishing.scripts import Follower, Reached
    from imprint.workflows.publishing.step_scripts import StepScript
    from imprint.workflows.repository import PackageFile, Repository
    from imprint.workflows.shell.programs import Program
    from imprint.workflows.sources import Span

_SETUP_NODE = "actions/setup-node"
_REWRITES = "GITHUB_ENV"
_ASSIGNED = re.compile(r"\b([A-Za-z_]\w*)(?==|<<)")
_NOTHING = {"echo", "true", ":"}


def publish_steps_of(
    follower: Follower, workflow: Workflow, job: Job, sites: Sequence[Site]
) -> tuple[PublishStep, ...]:
    """Return each command and action of a job's steps that publishes, in order.

    What only seems to publish, by the name of a script or an action that cannot be looked into, is
    there with client UNKNOWN and low confidence, and only where nothing else publishes.
    """
    finder = _Finder(follower, workflow, job, sites)
    steps = tuple(step for site in sites for step in finder.steps_of(site))
    certain = tuple(step for step in steps if step.client is not Client.UNKNOWN)
    return certain or steps


def publication_reached(repository: Repository, reached: Reached) -> Publication | None:
    """Return what a program publishes, its configuration asked, too."""
    if not is_client(reached.program):
        return None
    publication = publication_of(reached.program, tools_of(repository, reached.folder))
    if publication is None or is_switched_off(repository, publication.client, reached.folder):
        return None
    return publication


class _Finder:
    """Looks for publish steps in one job."""

    def __init__(
        self, follower: Follower, workflow: Workflow, job: Job, sites: Sequence[Site]
    ) -> None:
        self.follower = follower
        self.repository = follower.repository
        self.workflow = workflow
        self.job = job
        self.user_registry = _user_registry(sites)
        self.rewritten: set[str] = set()

    def steps_of(self, site: Site) -> Iterator[PublishStep]:
        """Yield what one step publishes."""
        if self.rewritten:
            site = replace(site, environment=self.still_known(site))
        yield from self.published(site)
        if site.run is not None and _REWRITES in site.run:
            self.rewritten.update(_ASSIGNED.findall(site.run))

    def still_known(self, site: Site) -> Mapping[str, str]:
        """Return a step's environment without what steps before it wrote to `$GITHUB_ENV`."""
        own = {*site.step.environment, *site.job_step.environment}
        return {
            name: value
            for name, value in site.environment.items()
            if name in own or name not in self.rewritten
        }

    def published(self, site: Site) -> Iterator[PublishStep]:
        """Yield what one step publishes, its environment being known."""
        if site.run is None or self.follower.prospects.may_publish(site.run):
            for script in scripts_of(self.job, site):
                yield from self.of_script(site, script)
        use = site.step.uses
        if use is None:
            return
        row = PUBLISHING.get(use.name) if isinstance(use, RemoteUse) else None
        if row is not None:
            yield from self.of_action(site, row)
        elif _seems_to_publish(site):
            publication = Publication(
                client=Client.UNKNOWN, sender=Client.UNKNOWN, confidence=Confidence.LOW
            )
            span = use.text.span
            yield self.made(site, publication, None, command=use.text.value, span=span)

    def of_script(self, site: Site, script: StepScript) -> Iterator[PublishStep]:
        """Yield what a script publishes, the packages of all legs together."""
        found: dict[tuple[object, ...], PublishStep] = {}
        for folder in script.folders:
            for step in self.in_folder(site, script, folder):
                key = (step.span, step.client, step.command, step.via, step.registry)
                before = found.get(key)
                if before is not None:
                    packages = tuple(_distinct((*before.packages, *step.packages)))
                    step = replace(before, packages=packages)  # noqa: PLW2901  (the two are one)
                found[key] = step
        yield from found.values()

    def in_folder(
        self, site: Site, script: StepScript, folder: str | None
    ) -> Iterator[PublishStep]:
        """Yield what a script publishes that starts in `folder`."""
        missing: Reached | None = None
        is_found = False
        for reached in self.follower.programs(
            script.value, shell=script.shell, folder=folder, environment=site.environment
        ):
            if reached.missing is not None:
                missing = missing or (reached if _is_telling(reached) else None)
                continue
            publication = publication_reached(self.repository, reached)
            if publication is not None:
                is_found = True
                yield self.of_program(site, script, reached, publication)
        if missing is not None and not is_found:
            publication = Publication(
                client=Client.UNKNOWN, sender=Client.UNKNOWN, confidence=Confidence.LOW
            )
            yield self.of_program(site, script, missing, publication)

    def of_program(
        self, site: Site, script: StepScript, reached: Reached, publication: Publication
    ) -> PublishStep:
        """Return one publish step of a script's program."""
        program = reached.program
        stated = {name: word.shown for name, word in program.environment.items()}
        confidence = min(reached.confidence, publication.confidence)
        return self.made(
            site,
            replace(publication, confidence=confidence),
            reached.folder,
            command=reached.command.raw if reached.via else program.command.raw,
            span=command_span(self.repository, script, reached.command),
            via=reached.via,
            environment={**site.environment, **stated},
            program=program,
        )

    def of_action(self, site: Site, row: PublishingAction) -> Iterator[PublishStep]:
        """Yield what a known action publishes."""
        if any(site.inputs.get(name, "").strip().lower() == "true" for name in row.dry):
            return
        folder = normal_folder(site.inputs.get("cwd") or site.directory)
        named = site.inputs.get(row.package or "", "")
        publication = Publication(
            client=row.client,
            sender=row.sender or self.shells_out(row.client),
            stages=row.stages,
            registry=site.inputs.get(row.registry or "") or None,
            targets=(Word(parts=pieces_of(named), raw=named, start=0, end=0),) if named else (),
            is_recursive=row.publishes_all,
        )
        if row.command:
            yield from self.of_inputs(site, row, publication, folder)
            return
        use = site.step.uses
        if use is None or is_switched_off(self.repository, row.client, folder):
            return
        made = self.made(site, publication, folder, command=use.text.value, span=use.text.span)
        yield replace(made, prebuilt=made.prebuilt or row.prebuilt)

    def of_inputs(
        self, site: Site, row: PublishingAction, publication: Publication, folder: str | None
    ) -> Iterator[PublishStep]:
        """Yield what the command that changesets/action is given publishes."""
        scripts = (input_script(self.job, site, name) for name in row.command)
        script = next((found for found in scripts if found is not None), None)
        if script is None:
            return
        steps = list(self.of_script(site, script))
        certain = [step for step in steps if step.client is not Client.UNKNOWN]
        yield from certain
        if certain or script.value.split(maxsplit=1)[0] in _NOTHING:
            return
        # A command that cannot be followed, given as the one that publishes.
        guessed = replace(publication, confidence=Confidence.MEDIUM)
        yield self.made(site, guessed, folder, command=script.value.strip(), span=script.text.span)

    def made(
        self,
        site: Site,
        publication: Publication,
        folder: str | None,
        *,
        command: str,
        span: Span,
        via: tuple[str, ...] = (),
        environment: Mapping[str, str] | None = None,
        program: Program | None = None,
    ) -> PublishStep:
        """Return a publish step of what is known of it."""
        known = site.environment if environment is None else environment
        packages = self.packages(publication, folder)
        versions = sent_versions(
            self.repository,
            self.workflow,
            self.job,
            site,
            publication=publication,
            program=program,
        )
        return PublishStep(
            step=site.job_step,
            client=publication.client,
            sender=publication.sender,
            versions=versions.sender,
            client_version=versions.client,
            command=command,
            via=(*site.through, *via),
            span=span,
            provenance=stated_provenance(self.repository, publication, packages, known),
            prebuilt=bool(publication.targets) and all(map(is_tarball, publication.targets)),
            ignores_scripts=publication.ignores_scripts,
            stages=publication.stages,
            registry=stated_registry(
                self.repository, publication, packages, known, user=self.user_registry
            ),
            packages=packages,
            confidence=publication.confidence,
        )

    def packages(self, publication: Publication, folder: str | None) -> tuple[PackageFile, ...]:
        """Return the packages that are published, in all legs that name other ones."""
        if publication.client is Client.UNKNOWN:
            return ()
        found: list[PackageFile] = []
        for words in self.by_leg(publication.workspaces):
            for targets in self.by_leg(publication.targets):
                each = replace(publication, workspaces=words, targets=targets)
                found += published_packages(self.repository, each, folder)
        return tuple(_distinct(found))

    def by_leg(self, words: tuple[Word, ...]) -> tuple[tuple[Word, ...], ...]:
        """Return the words as they are in each leg of the matrix."""
        joined = "\0".join(word.shown for word in words)
        if "matrix." not in joined:
            return (words,)
        return tuple(
            tuple(
                replace(word, parts=pieces_of(text))
                for word, text in zip(words, leg.split("\0"), strict=True)
            )
            for leg in texts_by_leg(self.job, joined)
        )

    def shells_out(self, client: Client) -> Client:
        """Return what a client that sends nothing itself calls."""
        if client is Client.UNKNOWN:
            return client
        is_pnpm = tools_of(self.repository).manager is Client.PNPM
        return Client.PNPM if is_pnpm else Client.NPM


def _is_telling(reached: Reached) -> bool:
    """Whether a script that is not there has a name, or is asked, to publish."""
    asked = "publish" in {word.value for word in reached.program.arguments}
    return asked or sounds_like_publishing(reached.missing or "")


def _seems_to_publish(site: Site) -> bool:
    """Whether an action that cannot be looked into has a telling name and a token for npm."""
    use = site.step.uses
    if use is None or (isinstance(use, RemoteUse) and use.name in SCRIPTS):
        return False
    if isinstance(use, RemoteUse) and f"{use.owner}/{use.repository}".lower() in pins():
        return False
    if not sounds_like_publishing(_written_name(use)):
        return False
    return has_npm_token(site.step.environment) or has_npm_token(site.step.inputs)


def _written_name(use: Use) -> str:
    """Return an action's name in its own letters: `releasePackages` is two words."""
    if isinstance(use, RemoteUse):
        return use.path or use.repository
    return use_name(use)


def _distinct(packages: Sequence[PackageFile]) -> Iterator[PackageFile]:
    seen = set()
    for package in packages:
        if package.path not in seen:
            seen.add(package.path)
            yield package


def _user_registry(sites: Sequence[Site]) -> str | None:
    """Return the registry that the last setup-node of the job writes to the user's .npmrc."""
    found = None
    for site in sites:
        use = site.step.uses
        if isinstance(use, RemoteUse) and use.name == _SETUP_NODE:
            found = site.inputs.get("registry-url") or found
    return found
