"""Which forges may be asked, where, and with which token. No host is asked that is not in here.

A packument names hosts as it likes; only the two public forges and those that the environment of a
CI job names are ever sent a request, and a token goes to its own forge alone.
"""

from __future__ import annotations

import time
from enum import StrEnum
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import msgspec

from imprint.publishers.credentials import Secret
from imprint.upstream.forge.api import ForgeApi
from imprint.upstream.forge.github import ACCEPT, GitHub
from imprint.upstream.forge.gitlab import GitLab
from imprint.upstream.forge.keeping import Keeping, Remembered

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.upstream.fetch import Fetcher
    from imprint.upstream.forge.model import Forge

PUBLIC_GITHUB: Final = "github.com"
PUBLIC_GITLAB: Final = "gitlab.com"
_GITHUB_TOKENS: Final = ("GITHUB_TOKEN", "GH_TOKEN")
_GITLAB_TOKENS: Final = ("GITLAB_TOKEN", "GITLAB_ACCESS_TOKEN")
"""Not `CI_JOB_TOKEN`: GitLab's API takes it in another header, and hardly anywhere."""


class ForgeKind(StrEnum):
    """Whose API it is."""

    GITHUB = "github"
    GITLAB = "gitlab"


class ForgeHost(msgspec.Struct, frozen=True, kw_only=True):
    """One forge that may be asked."""

    kind: ForgeKind
    api: str
    token: Secret | None = None


def hosts_of(environment: Mapping[str, str]) -> dict[str, ForgeHost]:
    """Return the forges that may be asked, by host, with the tokens that the environment has.

    `GITHUB_SERVER_URL` and `GITHUB_API_URL`, `CI_SERVER_URL` and `CI_API_V4_URL` name those of a
    CI job. A token is its CI's forge's; outside of CI it is the public forge's.
    """
    hosts = {
        PUBLIC_GITHUB: ForgeHost(kind=ForgeKind.GITHUB, api="https://api.github.com"),
        PUBLIC_GITLAB: ForgeHost(kind=ForgeKind.GITLAB, api="https://gitlab.com/api/v4"),
    }
    stated = (
        (ForgeKind.GITHUB, "GITHUB_SERVER_URL", "GITHUB_API_URL", _GITHUB_TOKENS, PUBLIC_GITHUB),
        (ForgeKind.GITLAB, "CI_SERVER_URL", "CI_API_V4_URL", _GITLAB_TOKENS, PUBLIC_GITLAB),
    )
    for kind, server, api, tokens, public in stated:
        token = next((Secret(environment[name]) for name in tokens if environment.get(name)), None)
        host = _host_of(environment.get(server, ""))
        address = environment.get(api, "").rstrip("/")
        if host and address and host not in {PUBLIC_GITHUB, PUBLIC_GITLAB}:
            hosts[host] = ForgeHost(kind=kind, api=address, token=token)
        else:
            hosts[public] = ForgeHost(kind=kind, api=address or hosts[public].api, token=token)
    return hosts


def open_forges(
    hosts: Mapping[str, ForgeHost], fetcher: Fetcher, keeping: Keeping | None = None
) -> dict[str, Forge]:
    """Return the forges, to be asked by `fetcher`, by host.

    Answers are kept by `keeping`, else for this run.
    """
    forges: dict[str, Forge] = {}
    kept = keeping or Keeping(answers=Remembered(), now=time.time)
    for host, known in hosts.items():
        is_github = known.kind is ForgeKind.GITHUB
        api = ForgeApi(
            fetcher=fetcher,
            url=known.api,
            token=known.token,
            accept=ACCEPT if is_github else "application/json",
            keeping=kept,
        )
        forges[host] = GitHub(api) if is_github else GitLab(api)
    return forges


def _host_of(address: str) -> str:
    try:
        return urlsplit(address).netloc.lower()
    except ValueError:
        return ""
