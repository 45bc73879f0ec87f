"""`imprint doctor --forge`: facts of the forge's API."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from imprint.cli.session import say
from imprint.refusals import Malformed

if TYPE_CHECKING:
    from imprint.publishers.credentials import Secret
    from imprint.workflows.facts import Facts

PUBLIC_HOST = "github.com"
PUBLIC_API = "https://api.github.com"


def facts_of_forge(name: str | None, host: str | None) -> Facts:
    """Return what the forge says of `name`; what it does not say is told."""
    if name is None:
        raise Malformed(
            "no-forge-repository",
            "repository is not known at any forge: git has no remote `origin`",
            hint="state it in the file of `--trust`: `repository`",
        )
    say(f"asking {api_of(host)} of {name}")
    facts, notes = asyncio.run(_facts(name, host))
    for note in notes:
        say(f"warning: {note}")
    return facts


def api_of(host: str | None) -> str:
    """Return the address of the API: in CI the job's own, else by the host of the remote."""
    stated = os.environ.get("GITHUB_API_URL")
    if stated:
        return stated.rstrip("/")
    return PUBLIC_API if host in (None, PUBLIC_HOST) else f"https://{host}/api/v3"


def token() -> Secret | None:
    """Return the token that the environment has for the forge."""
    from imprint.publishers.credentials import Secret

    text = os.environ.get("GITHUB_TOKEN") or os.environ.get("GH_TOKEN")
    return Secret(text) if text else None


async def _facts(name: str, host: str | None) -> tuple[Facts, list[str]]:
    from imprint.doctor.forge import Forge
    from imprint.upstream.fetch import Fetcher

    async with Fetcher(by_proxy=True) as fetcher:
        forge = Forge(fetcher=fetcher, api=api_of(host), repository=name, token=token())
        return await forge.facts(), forge.notes
