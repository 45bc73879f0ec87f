"""What one step or image installs: Node, npm, pnpm, yarn, bun, and in which releases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.workflows.effects.package_managers import root_package
from imprint.workflows.effects.situations import text_in
from imprint.workflows.github.model import RemoteUse
from imprint.workflows.publishing.version_files import (
    manager_in_package,
    node_in_file,
    tool_of_mise,
    volta_tool,
)
from imprint.workflows.tables.clients import installed_range
from imprint.workflows.tables.releases import UNKNOWN_RANGE, ReleaseRange, range_of
from imprint.workflows.tables.runtimes import node_releases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.effects.model import Site
    from imprint.workflows.effects.situations import Situation
    from imprint.workflows.publishing.version_files import Named
    from imprint.workflows.repository import Repository
    from imprint.workflows.sources import Span

_NODE_ACTIONS = {
    "actions/setup-node",
    "useblacksmith/setup-node",
    "buildjet/setup-node",
    "wyvox/action-setup-pnpm",
    "nullvoxpopuli/action-setup-pnpm",
    "voidzero-dev/setup-vp",
    "volta-cli/action",
    "bahmutov/npm-install",
}
"""Actions with a `node-version` input; the first three take a `node-version-file` as well."""
_MISE_ACTIONS = {"jdx/mise-action", "asdf-vm/actions/install", "asdf-vm/actions/setup"}
_PNPM_ACTIONS = {"pnpm/action-setup", "wyvox/action-setup-pnpm", "nullvoxpopuli/action-setup-pnpm"}
_BUN_ACTION = "oven-sh/setup-bun"
_IMAGE_TOOLS = {"node": "node", "oven/bun": "bun", "bun": "bun"}


class Tool(msgspec.Struct, frozen=True, kw_only=True):
    """A tool that is there, in which releases, and what decided it."""

    releases: ReleaseRange
    because: str
    span: Span | None


def tools_of_image(image: str | None, span: Span) -> Iterator[tuple[str, Tool]]:
    """Yield what a container brings: official images are named after their tool."""
    if image is None:
        yield "node", Tool(releases=UNKNOWN_RANGE, because="the image is not known", span=span)
        return
    name, _, tag = image.partition("@")[0].rpartition("/")[2].partition(":")
    whole = image.partition(":")[0].removeprefix("docker.io/").removeprefix("library/")
    tool = _IMAGE_TOOLS.get(whole) or _IMAGE_TOOLS.get(name)
    version = tag.partition("-")[0]
    releases = None
    if tool == "node":
        releases = node_releases(version or "latest")
    elif tool is not None:
        releases = range_of(version)
    yield (
        tool or "node",
        Tool(releases=releases or UNKNOWN_RANGE, because=f"container {image}", span=span),
    )


def tools_of_action(
    repository: Repository, site: Site, situation: Situation
) -> Iterator[tuple[str, Tool]]:
    """Yield what a setup action brings; nothing where it leaves the tools as they are."""
    use = site.step.uses
    if not isinstance(use, RemoteUse):
        return
    if use.name in _NODE_ACTIONS:
        tool = _node_of_inputs(repository, site, situation)
        if tool is not None:
            yield "node", tool
    if use.name in _MISE_ACTIONS:
        for name in ("node", "npm", "pnpm", "yarn", "bun"):
            if (named := tool_of_mise(repository, name)) is not None:
                yield from _named_tool(name, named)
    if use.name in _PNPM_ACTIONS:
        yield "pnpm", _versioned(repository, site, situation, "pnpm", ("version", "pnpm-version"))
    if use.name == _BUN_ACTION:
        yield "bun", _versioned(repository, site, situation, "bun", ("bun-version",))


def _node_of_inputs(repository: Repository, site: Site, situation: Situation) -> Tool | None:
    span = _input_span(site, ("node-version", "node-version-file"))
    wanted = site.inputs.get("node-version")
    if wanted is not None:
        version = text_in(wanted, situation, site.environment)
        if version is None:
            because = f"node-version {wanted} is not known"
            return Tool(releases=UNKNOWN_RANGE, because=because, span=span)
        if version.strip():
            return _node(version.strip(), span)
    file = site.inputs.get("node-version-file")
    if file:
        path = text_in(file, situation, site.environment)
        named = None if path is None else node_in_file(repository, path)
        if named is None:
            because = f"node-version-file {file} does not say which Node"
            return Tool(releases=UNKNOWN_RANGE, because=because, span=span)
        tool = _node(named[0], named[1])
        return Tool(
            releases=tool.releases, because=f"{named[1].path} says {tool.because}", span=tool.span
        )
    package = root_package(repository)
    if _is_volta(site) and package is not None and (found := volta_tool(package, "node")):
        return _node(*found)
    if _is_vite_plus(site):
        return _node("lts/*", site.span)
    return None


def _named_tool(name: str, named: Named) -> Iterator[tuple[str, Tool]]:
    wanted, span = named
    if name == "node":
        tool = _node(wanted, span)
        because = f"{span.path} says {tool.because}"
        yield name, Tool(releases=tool.releases, because=because, span=span)
    else:
        because = f"{span.path} says {name} {wanted}"
        yield name, Tool(releases=installed_range(name, wanted), because=because, span=span)


def _versioned(
    repository: Repository,
    site: Site,
    situation: Situation,
    manager: str,
    inputs: tuple[str, ...],
) -> Tool:
    """Return what an action that installs a package manager brings: its input, or package.json."""
    for name in inputs:
        if site.inputs.get(name, "").strip():
            wanted = text_in(site.inputs[name], situation, site.environment)
            releases = UNKNOWN_RANGE if wanted is None else installed_range(manager, wanted)
            because = f"{name}: {site.inputs[name]}"
            return Tool(releases=releases, because=because, span=_input_span(site, inputs))
    if (named := manager_in_package(repository, manager)) is not None:
        return next(_named_tool(manager, named))[1]
    because = f"{manager} without a version is the newest"
    return Tool(releases=installed_range(manager, "latest"), because=because, span=site.span)


def asked_for(
    repository: Repository, name: str, wanted: str | None, because: str, span: Span
) -> Tool | None:
    """Return the tool that a command asked for; None where package.json should say and does not."""
    if wanted == "packageManager":
        named = manager_in_package(repository, name)
        return None if named is None else next(_named_tool(name, named))[1]
    if wanted is None:
        return Tool(releases=UNKNOWN_RANGE, because=because, span=span)
    if name == "node":
        tool = _node(wanted, span)
        return Tool(releases=tool.releases, because=because, span=span)
    return Tool(releases=installed_range(name, wanted), because=because, span=span)


def _node(wanted: str, span: Span | None) -> Tool:
    releases = node_releases(wanted) or UNKNOWN_RANGE
    return Tool(releases=releases, because=f"node {wanted}", span=span)


def _input_span(site: Site, names: tuple[str, ...]) -> Span:
    """Return where an input stands, in the action's file for a composite one."""
    for name in names:
        if name in site.step.inputs:
            return site.step.inputs[name].span
    return site.span


def _is_volta(site: Site) -> bool:
    return isinstance(site.step.uses, RemoteUse) and site.step.uses.name == "volta-cli/action"


def _is_vite_plus(site: Site) -> bool:
    return isinstance(site.step.uses, RemoteUse) and site.step.uses.name == "voidzero-dev/setup-vp"
