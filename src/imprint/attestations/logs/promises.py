"""Signed entry timestamps (SET): the promise of Rekor v1 to log an entry, and since when.

Not here: whether the log kept it (`proofs`).
"""

from __future__ import annotations

from binascii import b2a_base64
from typing import TYPE_CHECKING

from imprint.attestations.signatures import verifies

if TYPE_CHECKING:
    from imprint.attestations.bundles import LogEntry
    from imprint.attestations.roots import Log


def promised_bytes(entry: LogEntry) -> bytes:
    """Return what the log signed: four members in canonical JSON (RFC 8785).

    None of the values needs an escape, so that there is nothing to canonicalise.
    """
    return b'{"body":"%b","integratedTime":%d,"logID":"%b","logIndex":%d}' % (
        b2a_base64(entry.body, newline=False),
        entry.integrated_time,
        entry.log_id.hex().encode(),
        entry.log_index,
    )


def is_promised(entry: LogEntry, log: Log) -> bool:
    """Return whether `log` signed the entry's promise: its body, its time and its index."""
    return entry.promise is not None and verifies(
        log.public_key, entry.promise, promised_bytes(entry)
    )
