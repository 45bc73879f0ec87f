"""Which versions of client and sender run: what `npx npm@11` asks for, else what is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.workflows.publishing.model import Client, ClientVersion
from imprint.workflows.publishing.node import client_versions_of
from imprint.workflows.tables.clients import installed_range

if TYPE_CHECKING:
    from imprint.workflows.effects.model import Site
    from imprint.workflows.github.model import Job, Workflow
    from imprint.workflows.publishing.publications import Publication
    from imprint.workflows.repository import Repository
    from imprint.workflows.shell.programs import Program

_PROGRAMS = {
    Client.NPM: "npm",
    Client.PNPM: "pnpm",
    Client.YARN: "yarn",
    Client.YARN_CLASSIC: "yarn",
    Client.BUN: "bun",
    Client.LERNA: "lerna",
    Client.CHANGESETS: "changeset",
    Client.SEMANTIC_RELEASE: "semantic-release",
    Client.NX: "nx",
    Client.RELEASE_IT: "release-it",
    Client.NP: "np",
    Client.AUTO: "auto",
    Client.BEACHBALL: "beachball",
    Client.RUSH: "rush",
    Client.CLEAN_PUBLISH: "clean-publish",
}


class SentVersions(msgspec.Struct, frozen=True, kw_only=True):
    """Versions of the two programs that publish."""

    sender: tuple[ClientVersion, ...]
    client: ClientVersion | None
    """None: client and sender are one."""


def sent_versions(
    repository: Repository,
    workflow: Workflow,
    job: Job,
    site: Site,
    *,
    publication: Publication,
    program: Program | None,
) -> SentVersions:
    """Return which versions publish at one step of a job, as far as the files say."""
    client, sender = publication.client, publication.sender
    if client is Client.UNKNOWN:
        return SentVersions(sender=(), client=None)
    asked = None if program is None else _asked_for(program, client)
    if client is sender:
        installed = () if asked else _installed(repository, workflow, job, site, sender)
        return SentVersions(sender=(asked,) if asked else installed, client=None)
    own = (asked,) if asked else client_versions_of(client, repository, workflow, job, site.step)
    return SentVersions(
        sender=_installed(repository, workflow, job, site, sender),
        client=own[0] if own else None,
    )


def _installed(
    repository: Repository, workflow: Workflow, job: Job, site: Site, sender: Client
) -> tuple[ClientVersion, ...]:
    return client_versions_of(sender, repository, workflow, job, site.step)


def _asked_for(program: Program, client: Client) -> ClientVersion | None:
    """Return the version that `npx npm@11 publish` asks for."""
    name = _PROGRAMS.get(client)
    if program.requested is None or program.name != name or name is None:
        return None
    releases = installed_range(name, program.requested)
    runner = " ".join(program.runners[-1:])
    because = f"{runner} {name}@{program.requested}".strip()
    return ClientVersion(
        lowest=releases.lowest, highest=releases.highest, because=because, span=None
    )
