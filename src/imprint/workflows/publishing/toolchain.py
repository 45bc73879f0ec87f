"""Which Node and which package managers a step finds, after all steps before it.

A walk over the job's steps: each may install something, and a new Node brings its own npm.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.workflows.effects.situations import runs, text_in
from imprint.workflows.github.model import RemoteUse
from imprint.workflows.publishing.installed_tools import (
    Tool,
    asked_for,
    tools_of_action,
    tools_of_image,
)
from imprint.workflows.publishing.tool_commands import tools_of_script
from imprint.workflows.tables.releases import UNKNOWN_RANGE, ReleaseRange
from imprint.workflows.tables.runtimes import node_table, npm_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imprint.workflows.effects.model import Site
    from imprint.workflows.effects.situations import Situation
    from imprint.workflows.github.model import Job
    from imprint.workflows.publishing.tool_commands import ToolChange
    from imprint.workflows.repository import Repository
    from imprint.workflows.sources import Span, Text


class Installing(msgspec.Struct, frozen=True, kw_only=True):
    """A step that may install something."""

    site: Site
    changes: tuple[ToolChange, ...]


class Toolchain(msgspec.Struct, kw_only=True):
    """What the walk has seen so far. Not frozen: every step may change it."""

    tools: dict[str, Tool] = msgspec.field(default_factory=dict)

    def put(self, name: str, tool: Tool, *, surely: bool) -> None:
        """Note that a tool was installed; where that is not sure, the older one stays possible."""
        before = self.tools.get(name)
        if not surely:
            older = UNKNOWN_RANGE if before is None else before.releases
            tool = Tool(
                releases=_either(older, tool.releases), because=tool.because, span=tool.span
            )
        self.tools[name] = tool
        if name == "node":
            npm = Tool(
                releases=npm_of(tool.releases),
                because=_brings(tool),
                span=tool.span,
            )
            self.put("npm", npm, surely=surely)

    def change(
        self, repository: Repository, change: ToolChange, span: Span, *, surely: bool
    ) -> None:
        """Note what a command installed."""
        asked = asked_for(repository, change.name, change.wanted, change.because, span)
        if asked is not None:
            self.put(change.name, asked, surely=surely and change.is_sure)


def installing_until(sites: tuple[Site, ...], target: Site) -> tuple[Installing, ...]:
    """Return the steps up to `target` that may change a tool, with what their scripts install."""
    found = []
    for site in sites:
        if site.order > target.order:
            break
        is_target = site.order == target.order
        changes = tuple(tools_of_script(site.run, shell=site.shell, is_target=is_target))
        if changes or isinstance(site.step.uses, RemoteUse):
            found.append(Installing(site=site, changes=changes))
    return tuple(found)


def toolchain_at(
    repository: Repository,
    job: Job,
    installing: tuple[Installing, ...],
    target: Site,
    situation: Situation,
) -> Toolchain:
    """Return what is there when `target` runs; what its own script installs first is included."""
    chain = Toolchain()
    if job.container is not None:
        image = text_in(job.container.value, situation, {})
        for name, tool in tools_of_image(image, job.container.span):
            chain.put(name, tool, surely=True)
    else:
        because = _of_runner(job)
        span = None if not job.runs_on else job.runs_on[0].span
        chain.put("node", Tool(releases=UNKNOWN_RANGE, because=because, span=span), surely=True)
        chain.tools["npm"] = Tool(releases=UNKNOWN_RANGE, because=because, span=span)
    for step in installing:
        runs_then = runs(step.site, situation)
        if runs_then is False:
            continue
        surely = step.site.order == target.order or runs_then is True
        for name, tool in tools_of_action(repository, step.site, situation):
            chain.put(name, tool, surely=surely)
        for change in step.changes:
            chain.change(repository, change, step.site.span, surely=surely)
    return chain


def toolchain_of_image(
    repository: Repository, image: Text | None, scripts: Iterable[str], *, span: Span
) -> Toolchain:
    """Return what is there in a container when its scripts come to publish (GitLab, CircleCI).

    The scripts run in one shell, one after another; `span` is where they are pointed at.
    """
    chain = Toolchain()
    name = None if image is None or "$" in image.value else image.value
    for tool_name, tool in tools_of_image(name, span if image is None else image.span):
        chain.put(tool_name, tool, surely=True)
    for script in scripts:
        for change in tools_of_script(script, shell=None, is_target=True):
            chain.change(repository, change, span, surely=True)
    return chain


def _of_runner(job: Job) -> str:
    """Say what is known of the runner image's own Node: it is another one every few weeks."""
    table = node_table()
    labels = [label.value for label in job.runs_on if label.value in table.images]
    known = f" (node {table.images[labels[0]]} on {table.images_as_of})" if labels else ""
    return f"no step sets up Node, and the runner image's own{known} changes"


def _brings(node: Tool) -> str:
    npm = npm_of(node.releases)
    if npm.lowest is None:
        return node.because
    low = f"{npm.lowest[0]}.{npm.lowest[1]}"
    is_open = npm.highest is not None and npm.highest[:2] != npm.lowest[:2]
    later = f" or a later {npm.lowest[0]}" if is_open else ""
    return f"{node.because} brings npm {low}{later}"


def _either(one: ReleaseRange, other: ReleaseRange) -> ReleaseRange:
    lows = (one.lowest, other.lowest)
    highs = (one.highest, other.highest)
    return ReleaseRange(
        lowest=None if None in lows else min(low for low in lows if low is not None),
        highest=None if None in highs else max(high for high in highs if high is not None),
    )
