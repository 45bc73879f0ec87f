"""From settings to the registry's policy for attestations, and to the log that it writes to."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from imprint.identity.workload import Visibility
from imprint.refusals import Malformed, quoted
from imprint.registry.policies import AttestationPolicy
from imprint.upstream.sigstore.entries import log_envelope
from imprint.upstream.trust.staleness import refuse_stale, staleness
from imprint.upstream.trust.store import load_trust

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imprint.attestations.domains import TrustDomain
    from imprint.registry.attesting.transparency import EntryWriter
    from imprint.settings import Settings
    from imprint.upstream.fetch import Fetcher
    from imprint.upstream.trust.trust import Trust

log = logging.getLogger("imprint.server")


def attestation_policy(settings: Settings, *, now: float) -> AttestationPolicy:
    """Return what the settings and the folder of trust say; `now` is Unix seconds.

    Domains that are older than `trust_max_age_days` judge nothing. Raises Malformed
    (`setting-value`, `trust-file`) for what cannot be.
    """
    trust = load_trust(settings.trust_folder)
    names = {domain.name for domain in trust.believed}
    for name in settings.advertised_domains:
        if name not in names:
            raise _bad("advertised_domains", name, sorted(names))
    words = [visibility.value for visibility in Visibility]
    for word in settings.provenance_visibilities:
        if word not in words:
            raise _bad("provenance_visibilities", word, words)
    return AttestationPolicy(
        domains=tuple(_fresh(trust, now, max_age_days=settings.trust_max_age_days)),
        visibilities=frozenset(map(Visibility, settings.provenance_visibilities)),
        self_hosted=settings.provenance_self_hosted,
        advertised_domains=frozenset(settings.advertised_domains),
        log_url=_address(settings.transparency_log),
        names_private_sources=settings.attest_private_sources,
    )


def warn_of_old_trust(settings: Settings, *, now: float) -> None:
    """Write into the log what of the believed domains is old: it is never used in silence."""
    trust = load_trust(settings.trust_folder)
    for stale in staleness(trust, now, names={domain.name for domain in trust.believed}):
        log.warning("trust-stale", extra={"domain": stale.name, "reason": stale.message})


def entry_writer(policy: AttestationPolicy, fetcher: Fetcher) -> EntryWriter | None:
    """Return what writes to the log of the settings; None where there is none."""
    return partial(log_envelope, fetcher, policy.log_url) if policy.log_url else None


def _fresh(trust: Trust, now: float, *, max_age_days: int) -> Iterable[TrustDomain]:
    for domain in trust.believed:
        if refuse_stale(trust, now, max_age_days=max_age_days, names={domain.name}) is None:
            yield domain


def _address(text: str) -> str:
    if not text:
        return ""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
        raise Malformed(
            "setting-value",
            f"`transparency_log` is {quoted(text)}: it takes an address, `https://HOST`",
        )
    return text.rstrip("/")


def _bad(setting: str, value: str, known: Iterable[str]) -> Malformed:
    taken = ", ".join(f"`{name}`" for name in known)
    return Malformed("setting-value", f"`{setting}` has {quoted(value)}: it takes {taken}")
