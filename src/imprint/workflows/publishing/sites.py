"""The publish steps among a job's steps: scripts, actions, and what either comes to run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from imprint.workflows.findings import Confidence
from imprint.workflows.github.model import RemoteUse
from imprint.workflows.publishing.clients import Publication, publication_of
from imprint.workflows.publishing.configuration import is_switched_off
from imprint.workflows.publishing.known_actions import PUBLISHING, SCRIPTS
from imprint.workflows.publishing.members import normal_folder, tools_of
from imprint.workflows.publishing.model import Client, PublishStep
from imprint.workflows.publishing.scripts import Follower, Reached
from imprint.workflows.publishing.targets import (
    is_tarball,
    published_packages,
    stated_provenance,
    stated_registry,
)
from imprint.workflows.shell.expressions import pieces_of
from imprint.workflows.shell.model import Word
from imprint.workflows.yaml.places import span_within

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from imprint.workflows.effects.model import Site
    from imprint.workflows.publishing.known_actions import PublishingAction
    from imprint.workflows.repository import Repository
    from imprint.workflows.shell.model import Command
    from imprint.workflows.sources import Span, Text

_TELLING = ("publish", "release")
_SETUP_NODE = "actions/setup-node"


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteScript:
    """A script that a step runs, with what its offsets count in."""

    value: str
    """In the job's terms."""
    shell: str | None
    folder: str | None
    text: Text
    """As it stands in the file."""


def publish_steps_of(follower: Follower, sites: Sequence[Site]) -> tuple[PublishStep, ...]:
    """Return each command and action of a job's steps that publishes, in order."""
    finder = _Finder(follower, sites)
    return tuple(step for site in sites for step in finder.steps_of(site))


def scripts_of(site: Site) -> Iterator[SiteScript]:
    """Yield the scripts of a step: its `run`, and what an action is given to run."""
    folder = normal_folder(site.directory)
    if site.step.run is not None and site.run is not None:
        yield SiteScript(value=site.run, shell=site.shell, folder=folder, text=site.step.run)
    use = site.step.uses
    row = SCRIPTS.get(use.name) if isinstance(use, RemoteUse) else None
    if row is not None:
        place = site.inputs.get(row.directory or "")
        for name in row.script:
            if site.inputs.get(name) and name in site.step.inputs:
                yield SiteScript(
                    value=row.prefix + site.inputs[name],
                    shell=site.inputs.get(row.shell_input or ""),
                    folder=folder if place is None else normal_folder(place),
                    text=site.step.inputs[name],
                )
                return


def command_span(repository: Repository, script: SiteScript, command: Command) -> Span:
    """Return where a command of a step's script stands in the file.

    Where inputs of a composite action were put in, the line is right and the column may not be.
    """
    source = repository.texts.get(script.text.span.path, "")
    start, end = command.start, command.end
    if script.value != script.text.value:
        line = script.value.count("\n", 0, start)
        lines = script.text.value.splitlines(keepends=True)
        start = sum(len(each) for each in lines[:line])
        end = start + len(lines[line].rstrip("\n")) if line < len(lines) else start
    return span_within(script.text, start, end, source=source)


class _Finder:
    """Looks for publish steps in one job."""

    def __init__(self, follower: Follower, sites: Sequence[Site]) -> None:
        self.follower = follower
        self.repository = follower.repository
        self.user_registry = _user_registry(sites)

    def steps_of(self, site: Site) -> Iterator[PublishStep]:
        """Yield what one step publishes."""
        for script in scripts_of(site):
            yield from self.of_script(site, script)
        use = site.step.uses
        row = PUBLISHING.get(use.name) if isinstance(use, RemoteUse) else None
        if row is not None:
            yield from self.of_action(site, row)

    def of_script(self, site: Site, script: SiteScript) -> Iterator[PublishStep]:
        """Yield what a script publishes."""
        missing: Reached | None = None
        found = False
        for reached in self.follower.programs(
            script.value,
            shell=script.shell,
            folder=script.folder,
            environment=site.environment,
        ):
            if reached.missing is not None:
                name = f"{reached.missing} {' '.join(reached.via)}".rpartition("/")[2].lower()
                is_telling = any(word in name for word in _TELLING)
                missing = missing or (reached if is_telling else None)
                continue
            publication = self.publication(reached)
            if publication is not None:
                found = True
                span = command_span(self.repository, script, reached.command)
                yield self.step(site, reached, publication, span)
        if missing is not None and not found:
            publication = Publication(
                client=Client.UNKNOWN, sender=Client.UNKNOWN, confidence=Confidence.LOW
            )
            span = command_span(self.repository, script, missing.command)
            yield self.step(site, missing, publication, span)

    def publication(self, reached: Reached) -> Publication | None:
        """Return what a program publishes, its configuration asked, too."""
        tools = tools_of(self.repository, reached.folder)
        publication = publication_of(reached.program, tools)
        if publication is None or is_switched_off(
            self.repository, publication.client, reached.folder
        ):
            return None
        return publication

    def step(
        self, site: Site, reached: Reached, publication: Publication, span: Span
    ) -> PublishStep:
        """Return one publish step of a script's program."""
        environment: dict[str, str] = dict(site.environment)
        environment.update({name: word.shown for name, word in reached.program.environment.items()})
        packages = published_packages(self.repository, publication, reached.folder)
        return PublishStep(
            step=site.job_step,
            client=publication.client,
            sender=publication.sender,
            versions=(),
            command=reached.program.command.raw if not reached.via else reached.command.raw,
            via=reached.via,
            span=span,
            provenance=stated_provenance(self.repository, publication, packages, environment),
            prebuilt=bool(publication.targets) and all(map(is_tarball, publication.targets)),
            ignores_scripts=publication.ignores_scripts,
            stages=publication.stages,
            registry=stated_registry(
                self.repository, publication, packages, environment, user=self.user_registry
            ),
            packages=packages,
            confidence=min(reached.confidence, publication.confidence),
        )

    def of_action(self, site: Site, row: PublishingAction) -> Iterator[PublishStep]:
        """Yield what a known action publishes."""
        if any(site.inputs.get(name, "").strip().lower() == "true" for name in row.dry):
            return
        if row.command is not None:
            yield from self.of_command_input(site, row, row.command)
            return
        use = site.step.uses
        if use is None:
            return
        named = site.inputs.get(row.package or "", "")
        targets = (Word(parts=pieces_of(named), raw=named, start=0, end=0),) if named else ()
        registry = site.inputs.get(row.registry or "") or None
        publication = Publication(
            client=row.client,
            sender=row.sender or self.shells_out(row.client),
            stages=row.stages,
            registry=registry,
            targets=targets,
            is_recursive=row.publishes_all,
        )
        folder = normal_folder(site.inputs.get("cwd") or site.directory)
        if is_switched_off(self.repository, row.client, folder):
            return
        packages = published_packages(self.repository, publication, folder)
        environment = site.environment
        yield PublishStep(
            step=site.job_step,
            client=row.client,
            sender=publication.sender,
            versions=(),
            command=use.text.value,
            via=site.through,
            span=use.text.span,
            provenance=stated_provenance(self.repository, publication, packages, environment),
            prebuilt=row.prebuilt or any(map(is_tarball, targets)),
            stages=row.stages,
            registry=stated_registry(
                self.repository, publication, packages, environment, user=self.user_registry
            ),
            packages=packages,
        )

    def of_command_input(
        self, site: Site, row: PublishingAction, name: str
    ) -> Iterator[PublishStep]:
        """Yield what the command that changesets/action is given publishes."""
        if name not in site.step.inputs or not site.inputs.get(name, "").strip():
            return
        folder = normal_folder(site.inputs.get("cwd") or site.directory)
        script = SiteScript(
            value=site.inputs[name], shell=None, folder=folder, text=site.step.inputs[name]
        )
        steps = list(self.of_script(site, script))
        yield from steps
        if steps or script.value.split(maxsplit=1)[0] in {"echo", "true", ":"}:
            return
        # A command that cannot be followed, given as the one that publishes.
        publication = Publication(
            client=row.client, sender=self.shells_out(row.client), is_recursive=row.publishes_all
        )
        packages = published_packages(self.repository, publication, folder)
        environment: Mapping[str, str] = site.environment
        yield PublishStep(
            step=site.job_step,
            client=row.client,
            sender=publication.sender,
            versions=(),
            command=script.value,
            span=script.text.span,
            provenance=stated_provenance(self.repository, publication, packages, environment),
            registry=stated_registry(
                self.repository, publication, packages, environment, user=self.user_registry
            ),
            packages=packages,
            confidence=Confidence.MEDIUM,
        )

    def shells_out(self, client: Client) -> Client:
        """Return what a client that sends nothing itself calls."""
        if client is Client.UNKNOWN:
            return client
        is_pnpm = tools_of(self.repository).manager is Client.PNPM
        return Client.PNPM if is_pnpm else Client.NPM


def _user_registry(sites: Sequence[Site]) -> str | None:
    """Return the registry that the last setup-node of the job writes to the user's .npmrc."""
    found = None
    for site in sites:
        use = site.step.uses
        if isinstance(use, RemoteUse) and use.name == _SETUP_NODE:
            found = site.inputs.get("registry-url") or found
    return found
