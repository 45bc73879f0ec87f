"""How a publication ended, for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from imprint.cli.report import Report
from imprint.publish.publishing import Outcome

if TYPE_CHECKING:
    from imprint.publish.body import Terms
    from imprint.publish.packed import Packed
    from imprint.publish.publishing import Published


def report(packed: Packed, terms: Terms, ended: Published) -> Report:
    """Return what `imprint publish` says of a publication that was not refused."""
    lines = [_headline(packed, terms, ended), f"  {packed.digests.integrity}"]
    signed, told = ended.signed, ended.would_mint
    if signed is not None:
        entry = "" if signed.log_index is None else f", log entry {signed.log_index}"
        lines.append(f"  provenance: verified by trust domain {signed.domain}{entry}")
    if told is not None:
        lines.append(f"  accepted by {told.publisher}")
        lines += ["  only: publishes are staged"] if told.stage_only else []
        lines += ["  only: dist-tags, this job has published already"] if told.dist_tag_only else []
    values = {
        "package": str(packed.name),
        "version": str(packed.version),
        "tag": terms.tag,
        "integrity": packed.digests.integrity,
        "shasum": packed.digests.shasum,
        "stage_id": ended.stage_id,
        "publisher": None if told is None else told.publisher,
        "provenance": None
        if signed is None
        else {"domain": signed.domain, "log_index": signed.log_index},
    }
    return Report(lines=tuple(lines), summary={"outcome": ended.outcome.value}, values=values)


def _headline(packed: Packed, terms: Terms, ended: Published) -> str:
    match ended.outcome:
        case Outcome.PUBLISHED:
            return f"published {packed} as {terms.tag}"
        case Outcome.STAGED:
            named = "" if ended.stage_id is None else f" ({ended.stage_id})"
            return f"staged {packed}: it waits for an owner's approval{named}"
        case Outcome.PRESENT:
            return f"{packed} was published already, exactly so"
        case Outcome.REHEARSED:
            return f"would publish {packed} as {terms.tag}; nothing was sent"
        case _:
            assert_never(ended.outcome)
