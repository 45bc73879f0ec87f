"""What settings say of the gate, read: upstreams, names, policy, trust. Nothing is opened yet."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Self

import msgspec

from imprint.gate.clients import Clients
from imprint.gate.judging.opening import Believing
from imprint.gate.judging.policies import Policies, WhenUndecided
from imprint.gate.names import Pins, own_scopes_of
from imprint.gate.upstream.upstreams import CODE, Upstreams
from imprint.gate.upstream.windows import Windows
from imprint.npm.npmrc import parse_npmrc
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from collections.abc import Callable

    from imprint.npm.npmrc import NpmrcLayer
    from imprint.settings import Settings


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """What an administrator chose for the gate."""

    upstreams: Upstreams
    clients: Clients
    own_scopes: frozenset[str]
    pins: Pins
    windows: Windows
    policies: Policies

    @classmethod
    def of(cls, settings: Settings, *, public_url: str, clock: Callable[[], float]) -> Self:
        """Read `settings`, the policy's file among them.

        Raises Malformed for a setting that cannot be, Unavailable for a policy that extends what
        cannot be had.
        """
        return cls(
            upstreams=upstreams_of(settings, public_url=public_url),
            clients=Clients.parse(settings.gate_clients),
            own_scopes=own_scopes_of(settings.own_scopes),
            pins=Pins.parse(settings.gate_names),
            windows=Windows(
                max_age=float(settings.gate_max_age_seconds),
                refresh=float(settings.gate_refresh_seconds),
                stale=float(settings.gate_stale_seconds),
            ),
            # The last: what a policy extends over https is kept in the gate's folder.
            policies=_policies(settings, clock=clock),
        )


def upstreams_of(settings: Settings, *, public_url: str) -> Upstreams:
    """Return the upstreams with their credentials; raises Malformed, also for ourselves."""
    credentials = _credentials(settings.upstream_npmrc) if settings.upstream_npmrc else None
    upstreams = Upstreams.parse(settings.upstream, settings.upstreams, credentials=credentials)
    ours = public_url.rstrip("/") + "/"
    if any(upstream.url.startswith(ours) for upstream in upstreams.all):
        raise Malformed(CODE, f"the upstream {quoted(ours)} is this registry itself")
    return upstreams


def _credentials(file: str) -> NpmrcLayer:
    path = Path(file)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as err:
        reason = err.strerror if isinstance(err, OSError) else "it is not UTF-8"
        raise Malformed(
            "upstream-npmrc", f"the upstreams' credentials in `{path}` cannot be read: {reason}"
        ) from err
    return parse_npmrc(text, origin=str(path), environment=os.environ)


def _policies(settings: Settings, *, clock: Callable[[], float]) -> Policies:
    return Policies(
        Path(settings.policy) if settings.policy else None,
        clock=clock,
        undecided=WhenUndecided.parse(settings.gate_undecided),
        cache=settings.gate_path / "policies",
    )


def believing_of(settings: Settings) -> Believing:
    """Return what upstreams' evidence is verified by: what the registry believes itself.

    To be asked once the registry is open: its secret key, which is made then, seals verdicts.
    """
    folder, max_age_days = settings.trust_folder, settings.trust_max_age_days
    if not settings.secret_key_path.is_file():
        return Believing(folder=folder, max_age_days=max_age_days)
    # Kept verdicts are sealed by what does not lie beside them.
    secret = hashlib.sha256(b"imprint gate verdicts 1\0" + settings.secret_key_path.read_bytes())
    return Believing(
        folder=folder,
        max_age_days=max_age_days,
        kept_in=settings.gate_path,
        secret=secret.digest(),
    )
