"""Which versions of a client reach a step that publishes (facts/workflows.md §2.3).

One for each way the step can run, without repetition: matrix legs, events.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imprint.workflows.effects.expansion import sites_of
from imprint.workflows.effects.situations import may_run, situations_of
from imprint.workflows.publishing.installed_tools import Tool
from imprint.workflows.publishing.model import Client, ClientVersion
from imprint.workflows.publishing.toolchain import (
    installing_until,
    toolchain_at,
    toolchain_of_image,
)
from imprint.workflows.publishing.version_files import manager_in_package
from imprint.workflows.sources import Span
from imprint.workflows.tables.clients import declared_range, installed_range
from imprint.workflows.tables.releases import UNKNOWN_RANGE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imprint.workflows.effects.model import Site
    from imprint.workflows.github.model import Job, Step, Workflow
    from imprint.workflows.publishing.toolchain import Toolchain
    from imprint.workflows.repository import Repository
    from imprint.workflows.sources import Text

_YARN_RELEASE = re.compile(
    r"^yarnPath:\s*[\"']?\S*?yarn-(?P<version>\d[\w.-]*?)\.c?js", re.MULTILINE
)
_TOOLS = {
    Client.NPM: "npm",
    Client.NPM_PUBLISH_ACTION: "npm",
    Client.PNPM: "pnpm",
    Client.YARN: "yarn",
    Client.YARN_CLASSIC: "yarn",
    Client.BUN: "bun",
}
_PACKAGES = {
    Client.LERNA: ("lerna", "@lerna-lite/publish", "@lerna-lite/cli"),
    Client.CHANGESETS: ("@changesets/cli",),
    Client.SEMANTIC_RELEASE: ("semantic-release",),
    Client.NX: ("nx",),
    Client.RELEASE_IT: ("release-it",),
    Client.NP: ("np",),
    Client.AUTO: ("auto",),
    Client.BEACHBALL: ("beachball",),
    Client.RUSH: ("@microsoft/rush",),
    Client.CLEAN_PUBLISH: ("clean-publish",),
    Client.IMPRINT: (),
}


def npm_versions_of(
    repository: Repository, workflow: Workflow, job: Job, step: Step
) -> tuple[ClientVersion, ...]:
    """Return the versions of npm that `step` finds, one for each way it can run."""
    return client_versions_of(Client.NPM, repository, workflow, job, step)


def node_versions_of(
    repository: Repository, workflow: Workflow, job: Job, step: Step
) -> tuple[ClientVersion, ...]:
    """Return the versions of Node that `step` finds, one for each way it can run."""
    return _versions(repository, workflow, job, step, "node")


def client_versions_of(
    client: Client, repository: Repository, workflow: Workflow, job: Job, step: Step
) -> tuple[ClientVersion, ...]:
    """Return the versions of `client` that `step` finds; what nothing tells has unknown ends.

    Package managers come from steps, images and package.json; release tools from the
    dependencies that the repository's packages ask for.
    """
    tool = _TOOLS.get(client)
    if tool is None:
        return (_declared(repository, client),)
    return _versions(repository, workflow, job, step, tool)


def client_version_in_image(
    client: Client,
    repository: Repository,
    image: Text | None,
    scripts: Iterable[str],
    *,
    span: Span,
) -> ClientVersion:
    """Return the version of `client` in a container, after what its scripts install first.

    For pipelines without steps (GitLab, CircleCI); `span` is where the scripts are pointed at.
    """
    tool = _TOOLS.get(client)
    if tool is None:
        return _declared(repository, client)
    chain = toolchain_of_image(repository, image, scripts, span=span)
    return _version(repository, chain, tool, span)


def _versions(
    repository: Repository, workflow: Workflow, job: Job, step: Step, tool: str
) -> tuple[ClientVersion, ...]:
    sites = sites_of(repository, workflow, job)
    target = _target(sites, step)
    if target is None:
        return (_unknown(tool, step.span),)
    installing = installing_until(sites, target)
    found: dict[ClientVersion, None] = {}
    for situation in situations_of(repository, workflow, job):
        if may_run(target, situation):
            chain = toolchain_at(repository, job, installing, target, situation)
            found[_version(repository, chain, tool, target.span)] = None
    return tuple(found) or (_unknown(tool, step.span),)


def _version(repository: Repository, chain: Toolchain, tool: str, span: Span) -> ClientVersion:
    known = chain.tools.get(tool)
    if tool == "yarn":
        known = _yarn(repository, known)
    if tool in {"pnpm", "bun"} and known is None:
        named = manager_in_package(repository, tool)
        if named is not None:
            because = f"{named[1].path} says {tool} {named[0]}"
            known = Tool(releases=installed_range(tool, named[0]), because=because, span=named[1])
    if known is None:
        return _unknown(tool, span)
    return ClientVersion(
        lowest=known.releases.lowest,
        highest=known.releases.highest,
        because=known.because,
        span=known.span,
    )


def _yarn(repository: Repository, known: Tool | None) -> Tool | None:
    """Return the yarn that runs: the one in the repository before any other."""
    path = ".yarnrc.yml"
    text = repository.texts.get(path, "")
    if (match := _YARN_RELEASE.search(text)) is not None:
        line = text.count("\n", 0, match.start()) + 1
        span = Span(path=path, start=match.start(), end=match.end(), line=line, column=1)
        releases = declared_range(match["version"]) or UNKNOWN_RANGE
        return Tool(releases=releases, because=f"{path} says yarn {match['version']}", span=span)
    if known is not None:
        return known
    named = manager_in_package(repository, "yarn")
    if named is not None:
        because = f"{named[1].path} says yarn {named[0]}"
        return Tool(releases=installed_range("yarn", named[0]), because=because, span=named[1])
    return None


def _declared(repository: Repository, client: Client) -> ClientVersion:
    for package in sorted(repository.packages, key=lambda found: found.path.count("/")):
        for name in _PACKAGES.get(client, ()):
            releases = declared_range(package.dependencies.get(name, "no range"))
            if releases is not None:
                return ClientVersion(
                    lowest=releases.lowest,
                    highest=releases.highest,
                    because=f"{package.path} asks for {name} {package.dependencies[name]}",
                    span=package.span,
                )
    return _unknown(client.value, None)


def _unknown(tool: str, span: Span | None) -> ClientVersion:
    because = f"no file says which {tool}"
    return ClientVersion(lowest=None, highest=None, because=because, span=span)


def _target(sites: tuple[Site, ...], step: Step) -> Site | None:
    exact = [site for site in sites if site.step.span == step.span]
    within = [site for site in sites if site.job_step.span == step.span]
    return next(iter(exact or within[-1:]), None)
