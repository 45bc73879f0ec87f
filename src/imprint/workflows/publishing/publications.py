"""What a command line publishes, as far as it says. Pure type; its readers stand beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.workflows.findings import Confidence
from imprint.workflows.publishing.model import Client

if TYPE_CHECKING:
    from imprint.workflows.shell.model import Program, Word
    from imprint.workflows.shell.options import Options

JSR = "jsr"
"""The registry of what `deno publish` and `jsr publish` send: not npm's protocol."""


class Tools(msgspec.Struct, frozen=True, kw_only=True):
    """What a repository says of its package manager, where a command does not."""

    manager: Client = Client.NPM
    yarn_is_classic: bool = False


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """What one command line publishes, as far as it says."""

    client: Client
    sender: Client
    provenance: bool | None = None
    ignores_scripts: bool = False
    stages: bool = False
    registry: str | None = None
    targets: tuple[Word, ...] = ()
    """Folders, tarballs and package names that it is given."""
    workspaces: tuple[Word, ...] = ()
    """Members that it is told to publish: `-w`, `--filter`, `--scope`."""
    is_recursive: bool = False
    """It publishes every member that may be published."""
    confidence: Confidence = Confidence.HIGH


def made(
    program: Program,
    client: Client,
    options: Options,
    *,
    sender: Client | None = None,
    stages: bool = False,
    targets: tuple[Word, ...] = (),
    workspaces: tuple[Word, ...] = (),
    is_recursive: bool = False,
    confidence: Confidence = Confidence.HIGH,
) -> Publication:
    """Return what a client publishes, with what all clients' options have in common."""
    registry = options.text("registry")
    return Publication(
        client=client,
        sender=client if sender is None else sender,
        provenance=options.flag("provenance"),
        ignores_scripts=bool(options.flag("ignore-scripts")),
        stages=stages,
        registry=None if registry is None else registry.shown,
        targets=targets,
        workspaces=(*program.workspaces, *workspaces),
        is_recursive=is_recursive or program.is_recursive,
        confidence=confidence,
    )


def is_dry(options: Options) -> bool:
    """Whether a client is told only to pretend."""
    return options.flag("dry-run", "dryRun") is True


def shells_out(tools: Tools) -> Client:
    """Return what changesets, nx and np call: pnpm where the repository uses it, else npm."""
    return Client.PNPM if tools.manager is Client.PNPM else Client.NPM
