"""When a bundle was signed, and where that is logged: before anybody's key is asked.

Not here: who signed, and whether the log entries are about this signature.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from imprint.attestations.codes import Code, Rejection
from imprint.attestations.logs.entries import LoggedEntry, verify_entry
from imprint.refusals import quoted

if TYPE_CHECKING:
    from imprint.attestations.bundles import Bundle
    from imprint.attestations.domains import TrustDomain
    from imprint.attestations.proof import VerifiedEntry, VerifiedTime

CLOCK_LEEWAY_SECONDS: Final = 60
"""A bundle may be judged seconds after it was signed, by a clock that is a little late."""


class Evidence(NamedTuple):
    """What logs and timestamp authorities prove of a bundle."""

    entries: tuple[VerifiedEntry, ...]
    times: tuple[VerifiedTime, ...]
    """Never empty: a signature without a time proves nothing."""

    @property
    def moments(self) -> tuple[float, ...]:
        """When it was signed, by each of the times (Unix seconds)."""
        return tuple(time.moment for time in self.times)


def gather_evidence(bundle: Bundle, *, domain: TrustDomain, now: float) -> Evidence | Rejection:
    """Judge every log entry and every signed timestamp: one bad one refuses the bundle.

    Steps (2) and (3) of `verify`. Rejections LOG, SET, PROOF, CHECKPOINT, TSA, TIME.
    """
    # (2) the log entries
    logged = _verify_entries(bundle, domain)
    if isinstance(logged, Rejection):
        return logged
    # (3) the times
    stamped = _verify_timestamps(bundle, domain)
    if isinstance(stamped, Rejection):
        return stamped
    times = (*(entry.time for entry in logged if entry.time is not None), *stamped)
    rejection = _judge_times(times, domain, now) or _judge_entries(logged, times, domain)
    if rejection is not None:
        return rejection
    return Evidence(entries=tuple(entry.entry for entry in logged), times=times)


def _verify_entries(bundle: Bundle, domain: TrustDomain) -> list[LoggedEntry] | Rejection:
    logged = []
    for entry in bundle.entries:
        verified = verify_entry(entry, version=bundle.version, logs=domain.root.logs)
        if isinstance(verified, Rejection):
            return verified
        logged.append(verified)
    return logged


def _verify_timestamps(bundle: Bundle, domain: TrustDomain) -> list[VerifiedTime] | Rejection:
    if len(set(bundle.timestamps)) != len(bundle.timestamps):
        return Rejection(code=Code.TSA, message="one signed timestamp is there twice")
    if not bundle.timestamps:
        return []
    from imprint.attestations.timestamps import verify_timestamp

    stamped = []
    for raw in bundle.timestamps:
        verified = verify_timestamp(
            raw, signed=bundle.content.signature, authorities=domain.root.timestamp_authorities
        )
        if isinstance(verified, Rejection):
            return verified
        stamped.append(verified)
    return stamped


def _judge_times(
    times: tuple[VerifiedTime, ...], domain: TrustDomain, now: float
) -> Rejection | None:
    # At least one whatever the domain says: without a time no validity could be judged.
    needed = max(domain.thresholds.times, 1)
    if len(times) < needed:
        return Rejection(
            code=Code.TIME,
            message=f"the bundle has `{len(times)}` verified times, expected `{needed}`: a log's"
            " promise or a signed timestamp",
        )
    latest = max(time.moment for time in times)
    if latest > now + CLOCK_LEEWAY_SECONDS:
        return Rejection(
            code=Code.TIME,
            message=f"the bundle was signed at `{latest:.0f}`, expected a time before `{now:.0f}`",
        )
    return None


def _judge_entries(
    logged: list[LoggedEntry], times: tuple[VerifiedTime, ...], domain: TrustDomain
) -> Rejection | None:
    for entry in logged:
        # A promise was judged by its own time.
        if entry.time is None and not all(entry.log.window.covers(time.moment) for time in times):
            return Rejection(
                code=Code.CHECKPOINT,
                message=f"log {quoted(entry.log.base_url)} was not trusted when the bundle was"
                " signed",
            )
    # Several entries of one log are one log's word.
    found = len({entry.entry.log_id for entry in logged})
    if found < domain.thresholds.log_entries:
        return Rejection(
            code=Code.LOG,
            message=f"the bundle is in `{found}` logs, expected `{domain.thresholds.log_entries}`",
        )
    return None
