"""Actions that publish, and actions that run a script they are given. Data; others are opaque."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.workflows.publishing.model import Client

if TYPE_CHECKING:
    from collections.abc import Mapping


class PublishingAction(msgspec.Struct, frozen=True, kw_only=True):
    """One action that publishes, unless an input says no."""

    client: Client
    sender: Client | None = None
    """None: the repository's own package manager, pnpm or npm."""
    dry: tuple[str, ...] = ()
    """Inputs that make it pretend, when `true`."""
    command: tuple[str, ...] = ()
    """The inputs that may hold the command that publishes; without one nothing does."""
    package: str | None = None
    """The input that names a folder or a tarball."""
    registry: str | None = None
    stages: bool = False
    prebuilt: bool = False
    publishes_all: bool = False


class ScriptAction(msgspec.Struct, frozen=True, kw_only=True):
    """One action that runs a script, or a package manager with arguments."""

    script: tuple[str, ...]
    """The inputs that may hold it, the first that is there counts."""
    prefix: str = ""
    """What stands before it: `yarn `."""
    shell_input: str | None = None
    """The input that names the shell."""
    directory: str | None = None


PUBLISHING: Mapping[str, PublishingAction] = {
    "changesets/action": PublishingAction(
        client=Client.CHANGESETS, command=("publish", "publish-script"), publishes_all=True
    ),
    "changesets/action/publish": PublishingAction(client=Client.CHANGESETS, publishes_all=True),
    "js-devtools/npm-publish": PublishingAction(
        client=Client.NPM_PUBLISH_ACTION,
        sender=Client.NPM,
        dry=("dry-run",),
        package="package",
        registry="registry",
    ),
    "cycjimmy/semantic-release-action": PublishingAction(
        client=Client.SEMANTIC_RELEASE, sender=Client.SEMANTIC_RELEASE, dry=("dry_run",)
    ),
    "codfish/semantic-release-action": PublishingAction(
        client=Client.SEMANTIC_RELEASE, sender=Client.SEMANTIC_RELEASE, dry=("dry-run", "dry_run")
    ),
    "open-turo/actions-release/semantic-release": PublishingAction(
        client=Client.SEMANTIC_RELEASE, sender=Client.SEMANTIC_RELEASE, dry=("dry-run",)
    ),
    "danielroe/uppt/publish": PublishingAction(
        client=Client.NPM, sender=Client.NPM, stages=True, prebuilt=True
    ),
    "pascalgn/npm-publish-action": PublishingAction(client=Client.UNKNOWN),
    "mikeal/merge-release": PublishingAction(client=Client.UNKNOWN),
    "primer/publish": PublishingAction(client=Client.UNKNOWN),
    "epeli/npm-release": PublishingAction(client=Client.UNKNOWN),
    "rrainn/publish-to-npm": PublishingAction(client=Client.UNKNOWN),
    "seepine/npm-publish": PublishingAction(client=Client.UNKNOWN),
    "azu/npm-publish": PublishingAction(client=Client.UNKNOWN),
    "release-it/release-it": PublishingAction(client=Client.RELEASE_IT, sender=Client.NPM),
    "intuit/auto": PublishingAction(client=Client.AUTO, sender=Client.NPM, publishes_all=True),
    "lerna/lerna": PublishingAction(client=Client.LERNA, sender=Client.LERNA, publishes_all=True),
}

SCRIPTS: Mapping[str, ScriptAction] = {
    "nick-fields/retry": ScriptAction(script=("command",), shell_input="shell"),
    "nick-invision/retry": ScriptAction(script=("command",), shell_input="shell"),
    "wandalen/wretry.action": ScriptAction(script=("command",), directory="current_path"),
    "coactions/setup-xvfb": ScriptAction(script=("run",), directory="working-directory"),
    "gabrielbb/xvfb-action": ScriptAction(script=("run",), directory="working-directory"),
    "addnab/docker-run-action": ScriptAction(script=("run",)),
    "uraimo/run-on-arch-action": ScriptAction(script=("run",)),
    "pyvista/setup-headless-display-action": ScriptAction(script=("run",)),
    "borales/actions-yarn": ScriptAction(script=("cmd",), prefix="yarn ", directory="dir"),
    "culturehq/actions-yarn": ScriptAction(script=("args", "cmd"), prefix="yarn "),
    "actions/npm": ScriptAction(script=("args",), prefix="npm "),
}

HARMLESS_WORKFLOWS = (
    "ossf/scorecard",
    "github/codeql",
    "google/osv-scanner-action",
    "slsa-framework/slsa-github-generator",
    "aws/",
    "docker/",
    "zizmorcore/",
)
"""Owners or workflows that take `id-token` for something else than npm."""
