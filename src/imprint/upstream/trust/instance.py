"""An instance of sigstore as its operator describes it: a client trust configuration, or its root.

Shapes: sigstore `protobuf-specs`, `ClientTrustConfig` (`trustedRoot`, `signingConfig` v0.1 and
v0.2) and `TrustedRoot`. Not here: what a root says.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Final

import msgspec

from imprint.attestations.domains import Thresholds
from imprint.npm import strict_json
from imprint.refusals import Malformed
from imprint.upstream.trust.addresses import check_service_address
from imprint.upstream.trust.documents import SigningAddresses

if TYPE_CHECKING:
    from imprint.attestations.roots import TrustedRoot
    from imprint.npm.strict_json import Json, JsonObject

MAX_BYTES: Final = 2 * 1024 * 1024
MAX_DEPTH: Final = 16
CODE: Final = "malformed-trust-config"

_API_VERSION: Final = 1
"""Of Fulcio, Rekor and the timestamp authority: what every client of npm speaks."""


class Instance(msgspec.Struct, frozen=True, kw_only=True):
    """What a file says of an instance of sigstore."""

    raw_trusted_root: bytes
    signing: SigningAddresses | None
    """None: the file does not say, or has no certificate authority for now."""


def read_instance(raw: bytes, *, now: float) -> Instance:
    """Return what the file says; the root in it is not judged yet.

    Raises Malformed (`malformed-trust-config`, `trust-address`).
    """
    members = strict_json.parse_object(
        raw, max_bytes=MAX_BYTES, max_depth=MAX_DEPTH, code=CODE, what="trust configuration"
    )
    if "trustedRoot" not in members:
        return Instance(raw_trusted_root=raw, signing=None)
    root, signing = members["trustedRoot"], members.get("signingConfig")
    if not isinstance(root, dict):
        raise Malformed(CODE, "`trustedRoot` is no JSON object")
    if signing is not None and not isinstance(signing, dict):
        raise Malformed(CODE, "`signingConfig` is no JSON object")
    return Instance(
        raw_trusted_root=json.dumps(root).encode(),
        signing=None if signing is None else _signing(signing, now),
    )


def derived_thresholds(root: TrustedRoot) -> Thresholds:
    """Return what bundles of an instance can owe: of each piece one, where there is who gives it.

    A time has to be proved in any case, so without a log there must be a timestamp authority:
    raises Malformed (`trust-thresholds`) where there is neither.
    """
    thresholds = Thresholds(
        log_entries=1 if root.logs else 0,
        certificate_timestamps=1 if root.certificate_logs else 0,
        times=1,
    )
    check_owed(thresholds, root)
    return thresholds


def check_owed(thresholds: Thresholds, root: TrustedRoot) -> None:
    """Let pass what the root can fulfil; raises Malformed (`trust-thresholds`)."""
    owed = (
        ("log_entries", thresholds.log_entries, root.logs, "transparency log"),
        (
            "certificate_timestamps",
            thresholds.certificate_timestamps,
            root.certificate_logs,
            "certificate transparency log",
        ),
    )
    for name, number, there, what in owed:
        if number and not there:
            raise Malformed(
                "trust-thresholds",
                f"the threshold `{name}` is `{number}`, and the trusted root has no {what}",
            )
    if not root.timestamp_authorities and not (root.logs and thresholds.log_entries):
        raise Malformed(
            "trust-thresholds",
            "nobody would say when something was signed: without log entries the trusted root"
            " needs a timestamp authority",
        )


def _signing(members: JsonObject, now: float) -> SigningAddresses | None:
    # v0.1 has plain texts where v0.2 has lists of services with windows.
    fulcio = _first(members, ("caUrls", "caUrl"), now)
    if fulcio is None:
        return None
    return SigningAddresses(
        fulcio=fulcio,
        rekor=_first(members, ("rekorTlogUrls", "tlogUrls"), now),
        timestamp=_first(members, ("tsaUrls",), now),
    )


def _first(members: JsonObject, names: tuple[str, ...], now: float) -> str | None:
    """Return the service to use: of those in force the one that came last."""
    name = next((name for name in names if members.get(name)), None)
    if name is None:
        return None
    value = members[name]
    services = value if isinstance(value, list) else [value]
    found = [found for one in services if (found := _service(one, name, now)) is not None]
    return max(found, key=lambda one: one[0])[1] if found else None


def _service(value: Json, name: str, now: float) -> tuple[float, str] | None:
    if isinstance(value, str):
        return 0.0, check_service_address(value, name)
    if not isinstance(value, dict) or not isinstance(url := value.get("url"), str):
        raise Malformed(CODE, f"`{name}` has a service without a `url`")
    window = value.get("validFor")
    if not isinstance(window, dict):
        raise Malformed(CODE, f"`{name}` has a service without `validFor`")
    start, end = _moment(window.get("start"), name), _moment(window.get("end"), name)
    in_force = start is not None and start <= now and (end is None or now <= end)
    if not in_force or value.get("majorApiVersion") != _API_VERSION:
        return None
    return start or 0.0, check_service_address(url, name)


def _moment(value: Json, name: str) -> float | None:
    if value is None:
        return None
    try:
        return datetime.fromisoformat(value if isinstance(value, str) else "").timestamp()
    except (ValueError, OverflowError) as err:
        raise Malformed(CODE, f"`{name}` has a service with a window that is none") from err
