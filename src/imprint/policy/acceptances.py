"""Writing an `[[accept]]` into a policy file: comments and order stay as they are."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import tomlkit
from tomlkit.exceptions import TOMLKitError

from imprint.policy.codes import NEVER_ACCEPTED
from imprint.policy.model import MOST_ACCEPTED_SECONDS, USUAL_ACCEPTED_SECONDS
from imprint.policy.read import read_policy
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from imprint.policy.decisions import Reason


def add_acceptance(
    text: str,
    *,
    origin: str,
    reason: Reason,
    packages: tuple[str, ...],
    why: str,
    lasts_seconds: float,
    by: str | None,
    now: float,
) -> str:
    """Return the policy `text` with one acceptance more, at its end, keyed on from → to.

    It lasts until the end of the day that `lasts_seconds` from now is in. Where the policy caps
    acceptances at less, nothing is written. Raises Malformed (`not-acceptable`, and what
    `read_policy` raises of the text as it was, and as it would be).
    """
    policy = read_policy(text, origin=origin)
    if reason.code in NEVER_ACCEPTED:
        raise Malformed(
            "not-acceptable",
            f"`{reason.code}` is never accepted: {reason.message}",
            hint="`[[quarantine]]` vouches for one exact tarball, by its digest",
        )
    if why.strip() and not why.strip(" .…"):
        raise Malformed(
            "not-acceptable",
            f"reason is {quoted(why)}, expected why it may be there",
            hint="the command that an audit prints has `…` where you say it",
        )
    most = min(policy.accept_cap_seconds, MOST_ACCEPTED_SECONDS)
    if not 0 < lasts_seconds <= most:
        raise Malformed(
            "not-acceptable",
            f"acceptance would last {lasts_seconds / 86_400:.0f} days:"
            f" {most / 86_400:.0f} are the most",
            hint="`accept-cap` in the policy allows more"
            if most == USUAL_ACCEPTED_SECONDS
            else None,
        )
    entry = tomlkit.table()
    entry["rule"] = reason.code
    entry["packages"] = list(packages)
    entry["reason"] = " ".join(why.split())
    entry["until"] = datetime.fromtimestamp(now + lasts_seconds, UTC).date()
    if by:
        entry["by"] = by
    if reason.before is not None:
        entry["from"] = reason.before
    if reason.after is not None:
        entry["to"] = reason.after
    written = _appended(text, [entry], origin)
    # What is written has to be read: by us, and by whoever reviews it.
    read_policy(written, origin=origin)
    return written


def with_acceptances(text: str, *, of: str, origin: str) -> str:
    """Return the policy `text` with the acceptances of the policy `of`, in whose place it comes.

    Raises Malformed (`not-acceptable`, and what `read_policy` raises of both).
    """
    read_policy(of, origin=origin)
    entries = _acceptances(of, origin)
    if not entries:
        return text
    written = _appended(text, entries, origin)
    read_policy(written, origin=origin)
    return written


def _acceptances(text: str, origin: str) -> list[tomlkit.items.Table]:
    try:
        entries = tomlkit.parse(text).get("accept")
    except TOMLKitError as err:
        raise Malformed("malformed-policy", f"{origin}: no TOML: {quoted(str(err))}") from err
    if entries is None:
        return []
    if not isinstance(entries, tomlkit.items.AoT):
        raise Malformed(
            "not-acceptable",
            f"{origin}: `accept` is written inline: nothing is added to it",
            hint="write its tables as `[[accept]]`",
        )
    return list(entries)


def _appended(text: str, entries: list[tomlkit.items.Table], origin: str) -> str:
    _acceptances(text, origin)
    block = tomlkit.document()
    tables = tomlkit.aot()
    for entry in entries:
        tables.append(entry)
    block.append("accept", tables)
    # After all that is there: an array of tables may go on anywhere, and comments stay with what
    # they are about.
    return f"{text.rstrip()}\n\n{tomlkit.dumps(block).strip()}\n".lstrip("\n")
