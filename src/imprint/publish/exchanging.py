"""The exchange from the job's side: an ID token for a publish credential, and giving it back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from imprint.publishers.credentials import Secret
from imprint.refusals import Refusal, Unavailable

if TYPE_CHECKING:
    from imprint.npm.names import PackageName
    from imprint.publish.registry_client import RegistryClient

EXCHANGE = "-/npm/v1/oidc/token/exchange/package/"
CREDENTIAL = "-/imprint/v1/credential"


class Credential(msgspec.Struct, frozen=True, kw_only=True):
    """What the exchange gave."""

    secret: Secret
    expires: str | None
    """As the registry wrote it."""


class _Minted(msgspec.Struct, frozen=True):
    token: str
    expires: str | None = None


def exchange(
    client: RegistryClient, package: PackageName, *, id_token: Secret
) -> Credential | Refusal:
    """Exchange the job's ID token for a credential for `package`.

    Asked at the host's root whatever the registry's path, as npm does (facts/wire.md §0.2).
    """
    parts = urlsplit(client.url)
    root = replace(client, url=f"{parts.scheme}://{parts.netloc}/")
    answer = root.call("POST", EXCHANGE + package.escaped, bearer=id_token)
    if isinstance(answer, Refusal):
        return answer
    try:
        minted = msgspec.json.decode(answer, type=_Minted)
    except (msgspec.DecodeError, UnicodeDecodeError) as err:
        raise Unavailable(
            "foreign-answer", "the registry's answer has no credential in it"
        ) from err
    return Credential(secret=Secret(minted.token), expires=minted.expires)


def give_back(client: RegistryClient, credential: Secret) -> Refusal | None:
    """Revoke a credential; one that is revoked already, or unknown, is no refusal."""
    answer = client.call("DELETE", CREDENTIAL, bearer=credential)
    return answer if isinstance(answer, Refusal) else None
