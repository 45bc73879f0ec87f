"""The dry run of the exchange: the registry's decision on this job, with nothing minted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.refusals import Refusal, Unavailable

if TYPE_CHECKING:
    from imprint.npm.names import PackageName
    from imprint.publish.registry_client import RegistryClient
    from imprint.publishers.credentials import Secret

PATH = "-/imprint/v1/exchange/check/package/"
NO_ROUTE = "no-check-route"


class WouldMint(msgspec.Struct, frozen=True, kw_only=True):
    """The exchange would give a credential."""

    publisher: str
    permissions: tuple[str, ...]
    stage_only: bool
    dist_tag_only: bool


class _Accepted(msgspec.Struct, frozen=True):
    accepted: bool
    publisher: str
    permissions: tuple[str, ...] = ()
    stage_only: bool = False
    dist_tag_only: bool = False


def check_exchange(
    client: RegistryClient, package: PackageName, *, id_token: Secret
) -> WouldMint | Refusal:
    """Ask the registry what it would say; raises Unavailable where it cannot be asked."""
    answer = client.call("POST", PATH + package.escaped, bearer=id_token)
    if isinstance(answer, Refusal):
        if answer.code in ("no-route", "status-404", "status-405"):
            # Another kind of registry, or one behind something that hides the route.
            raise Unavailable(
                NO_ROUTE,
                "this registry has no dry run of the exchange: nothing was checked",
                hint="only imprint has one; with others `npm publish --dry-run` makes a real"
                " exchange and publishes nothing",
            )
        return answer
    try:
        accepted = msgspec.json.decode(answer, type=_Accepted)
    except (msgspec.DecodeError, UnicodeDecodeError) as err:
        raise Unavailable("foreign-answer", "the registry's answer is not a dry run's") from err
    return WouldMint(
        publisher=accepted.publisher,
        permissions=accepted.permissions,
        stage_only=accepted.stage_only,
        dist_tag_only=accepted.dist_tag_only,
    )
