"""Which lockfile is looked at, against which, and what npm's configuration says there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from imprint.cli.session import current
from imprint.refusals import Malformed

if TYPE_CHECKING:
    from imprint.audit.lockfiles import FoundLockfile
    from imprint.publish.configuration import Configuration
    from imprint.upstream.revision_files import RevisionFiles


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Which lockfile, and against which."""

    found: FoundLockfile
    base: FoundLockfile | None = None
    at: RevisionFiles | None = None
    """The revision whose policy, pins, baseline and .npmrc judge; None: those of the checkout."""


def configuration_of(asked: Asked) -> Configuration:
    """Return npm's configuration for a lockfile; raises Malformed where it cannot be read."""
    from imprint.publish.configuration import Surroundings, read_configuration

    around = Surroundings(
        folder=asked.found.folder, home=Path.home(), environment=os.environ, at=asked.at
    )
    return read_configuration(around, registry=current().registry)


def registry_of(configuration: Configuration, scope: str | None) -> str:
    """Return a scope's registry; where npm's configuration says nothing, its own default is meant.

    Architecture, decision 17: the purl library knows it. Raises Malformed (`registry-url`).
    """
    from imprint.upstream.trust.registry_labels import default_host

    try:
        return configuration.registry_of(scope).url
    except Malformed as err:
        if err.code != "no-registry":
            raise
        return f"https://{default_host()}/"
