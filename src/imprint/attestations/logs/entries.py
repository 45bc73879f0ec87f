"""One entry of a transparency log, step by step. Not here: what its body is about (`bodies`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from imprint.attestations.codes import Code, Rejection
from imprint.attestations.logs.checkpoints import judge_checkpoint, parse_checkpoint
from imprint.attestations.logs.promises import is_promised
from imprint.attestations.logs.proofs import leaf_hash, root_hash
from imprint.attestations.proof import TimeSource, VerifiedEntry, VerifiedTime
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from imprint.attestations.bundles import InclusionProof, LogEntry
    from imprint.attestations.roots import Log

_PROOF_REQUIRED: Final = (0, 2)
"""From this bundle version on; before, a promise was enough."""


class LoggedEntry(NamedTuple):
    """An entry that is in a known log."""

    entry: VerifiedEntry
    log: Log
    time: VerifiedTime | None
    """When it was logged; None where the log promised none (Rekor v2)."""


def verify_entry(
    entry: LogEntry, *, version: tuple[int, int], logs: tuple[Log, ...]
) -> LoggedEntry | Rejection:
    """Judge one entry of a bundle of `version` by the logs of a trusted root.

    In this order:

    (a) its log is known (LOG)
    (b) there is evidence: a proof from version 0.2 on (PROOF), before a promise or a proof (LOG)
    (c) a promise is made while the log's key was good, and signed by it (SET)
    (d) a proof leads to the checkpoint's root in a tree of the checkpoint's size (PROOF)
    (e) the checkpoint is the log's (CHECKPOINT)

    Where no promise states a time, whether the log's key was good then is still to be judged by the
    times that others verify.
    """
    # (a) its log is known
    log = next((log for log in logs if log.log_id == entry.log_id), None)
    if log is None:
        known = ", ".join(quoted(log.base_url) for log in logs) or "none at all"
        return _rejected(
            Code.LOG, f"log `{entry.log_id.hex()[:64]}` is not known, expected one of {known}"
        )
    # (b) there is evidence
    if entry.proof is None and version >= _PROOF_REQUIRED:
        return _rejected(Code.PROOF, f"log entry `{entry.log_index}` has no inclusion proof")
    if entry.proof is None and entry.promise is None:
        return _rejected(Code.LOG, f"log entry `{entry.log_index}` has neither promise nor proof")
    # (c) the promise is the log's
    if entry.promise is not None:
        rejection = _judge_promise(entry, log)
        if rejection is not None:
            return rejection
    # (d), (e) the proof reaches the root of the log's own checkpoint
    if entry.proof is not None:
        needed = entry.promise is None or version >= _PROOF_REQUIRED
        rejection = _judge_proof(entry, entry.proof, log, checkpoint_needed=needed)
        if rejection is not None:
            return rejection
    if entry.promise is None and entry.proof is not None:
        # Nobody signed the entry's own time and index: proved is its place in this tree.
        proved = VerifiedEntry(log_id=log.log_id.hex(), log_index=entry.proof.log_index)
        return LoggedEntry(entry=proved, log=log, time=None)
    return LoggedEntry(
        entry=VerifiedEntry(log_id=log.log_id.hex(), log_index=entry.log_index),
        log=log,
        time=VerifiedTime(moment=float(entry.integrated_time), source=TimeSource.LOG),
    )


def _judge_promise(entry: LogEntry, log: Log) -> Rejection | None:
    if not log.window.covers(entry.integrated_time):
        return _rejected(
            Code.SET,
            f"log {quoted(log.base_url)} was not trusted at `{entry.integrated_time}`, when it"
            f" promised entry `{entry.log_index}`",
        )
    if not is_promised(entry, log):
        return _rejected(
            Code.SET,
            f"promise of log entry `{entry.log_index}` is not signed by {quoted(log.base_url)}",
        )
    return None


def _judge_proof(
    entry: LogEntry, proof: InclusionProof, log: Log, *, checkpoint_needed: bool
) -> Rejection | None:
    reached = root_hash(
        leaf_hash(entry.body),
        index=proof.log_index,
        tree_size=proof.tree_size,
        hashes=proof.hashes,
    )
    if reached is None or reached != proof.root_hash:
        return _rejected(
            Code.PROOF, f"inclusion proof of log entry `{entry.log_index}` does not reach its root"
        )
    if not proof.checkpoint and not checkpoint_needed:
        return None
    if not proof.checkpoint:
        return _rejected(Code.CHECKPOINT, f"log entry `{entry.log_index}` has no checkpoint")
    try:
        checkpoint = parse_checkpoint(proof.checkpoint)
    except Malformed as err:
        return _rejected(Code.CHECKPOINT, err.message)
    # What the proof says of the tree nobody signed: only the checkpoint's word counts.
    if (checkpoint.tree_size, checkpoint.root_hash) != (proof.tree_size, reached):
        return _rejected(
            Code.PROOF,
            f"inclusion proof of log entry `{entry.log_index}` is for a tree of"
            f" `{proof.tree_size}` entries with another root than the checkpoint's, which has"
            f" `{checkpoint.tree_size}`",
        )
    return judge_checkpoint(checkpoint, log)


def _rejected(code: Code, message: str) -> Rejection:
    return Rejection(code=code, message=message)
