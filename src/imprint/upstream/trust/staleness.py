"""How old trust may be: what to warn of, and when to refuse. Old trust is never used in silence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from imprint.refusals import Refusal
from imprint.upstream.trust.trust import STAGING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from imprint.attestations.roots import TrustedRoot
    from imprint.upstream.trust.trust import Trust

DAY_SECONDS: Final = 86_400.0
WARN_AFTER_DAYS: Final = 180
"""What is shipped is as old as its release; nobody reads what is said on every run."""

_HINT: Final = "renew it with `imprint trust-roots update`, or from a file"


class StaleTrust(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is believed, and is not as fresh as it was to be."""

    name: str
    """Of the trust domain, or the label of the registry whose keys they are."""
    age_days: int
    message: str
    """One line, for people."""


def staleness(
    trust: Trust,
    now: float,
    *,
    warn_after_days: int = WARN_AFTER_DAYS,
    names: Collection[str] | None = None,
) -> tuple[StaleTrust, ...]:
    """Return what to warn of; whoever judges by `trust` prints it.

    `names` are the domains and registries' labels that matter to the caller; None: all but
    sigstore's staging instance, which vouches for nothing.
    """
    found = []
    for kept in _kept(trust):
        if kept.name not in names if names is not None else kept.name == STAGING:
            continue
        days = int((now - kept.updated_at) // DAY_SECONDS)
        if days < -1:
            # The clock was wrong, there or here: such a file would be fresh for too long.
            message = f"{kept.what} are dated `{-days}` days from now"
            found.append(StaleTrust(name=kept.name, age_days=0, message=message))
        if days > warn_after_days:
            message = f"{kept.what} are `{days}` days old: more than {warn_after_days}"
            found.append(StaleTrust(name=kept.name, age_days=days, message=message))
        if kept.root is not None and not _can_sign(kept.root, now):
            message = f"{kept.what} have no signing authority that is valid now"
            found.append(StaleTrust(name=kept.name, age_days=max(0, days), message=message))
    return tuple(found)


def refuse_stale(
    trust: Trust, now: float, *, max_age_days: int, names: Collection[str] | None = None
) -> Refusal | None:
    """Return the refusal to judge by what is older than `max_age_days`; 0: refuse never."""
    if max_age_days <= 0:
        return None
    stale = staleness(trust, now, warn_after_days=max_age_days, names=names)
    if not stale:
        return None
    return Refusal(code="trust-root-stale", message=stale[0].message, hint=_HINT)


class _Kept(msgspec.Struct, frozen=True):
    name: str
    what: str
    updated_at: float
    root: TrustedRoot | None = None


def _kept(trust: Trust) -> Iterator[_Kept]:
    for name, kept in trust.kept_domains.items():
        what = f"the roots of the trust domain `{name}`"
        yield _Kept(name, what, kept.document.updated_at, kept.domain.root)
    for label, keys in trust.kept_keys.items():
        yield _Kept(label, f"the keys of the registry `{label}`", keys.document.updated_at)


def _can_sign(root: TrustedRoot, now: float) -> bool:
    return any(authority.window.covers(now) for authority in root.signing_authorities)
