"""Checkpoints: the size and root of a log's tree, signed by the log (C2SP `tlog-checkpoint`).

A checkpoint is a signed note (C2SP `signed-note`): a text, an empty line, and a line for each
signature. Witnesses sign beside the log; theirs are passed over. Not here: what is in the tree.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from imprint.attestations.codes import Code, Rejection
from imprint.attestations.logs.proofs import HASH_BYTES
from imprint.attestations.reading.protobuf_json import decode_base64
from imprint.attestations.signatures import verifies
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from imprint.attestations.roots import Log

MAX_CHECKPOINT_CHARACTERS: Final = 16_384
MAX_SIGNATURES: Final = 64

_HINT_BYTES: Final = 4
_SIZE: Final = re.compile("0|[1-9][0-9]{0,18}")
_SIGNATURE: Final = re.compile("\N{EM DASH} ([^ +\n]+) ([A-Za-z0-9+/=]+)")
_TEXT_LINES: Final = 3
"""Origin, size and root; more may follow, and mean nothing here."""


class NoteSignature(NamedTuple):
    """One line of signature: whoever made it, by its own account."""

    name: str
    key_hint: bytes
    signature: bytes


class Checkpoint(NamedTuple):
    """A tree as somebody says it is. Proved only when `judge_checkpoint` finds nothing."""

    origin: str
    tree_size: int
    root_hash: bytes
    signed: bytes
    """The text that is signed."""
    signatures: tuple[NoteSignature, ...]


def parse_checkpoint(note: str) -> Checkpoint:
    """Read a checkpoint. Raises Malformed `CHECKPOINT`, whatever the text is."""
    if len(note) > MAX_CHECKPOINT_CHARACTERS:
        raise _malformed(f"has `{len(note)}` characters: at most {MAX_CHECKPOINT_CHARACTERS}")
    # The last empty line: whatever is before it is signed.
    text, separator, signatures = note.rpartition("\n\n")
    if not separator or not signatures.endswith("\n"):
        raise _malformed("is no signed note: a text, an empty line, signatures")
    lines = text.split("\n")
    if len(lines) < _TEXT_LINES or not all(lines):
        raise _malformed(f"has not {_TEXT_LINES} lines: origin, size and root")
    origin, size, root = lines[:_TEXT_LINES]
    if not _SIZE.fullmatch(size):
        raise _malformed(f"has {quoted(size)} on its second line, expected the size of the tree")
    root_hash = decode_base64(root)
    if root_hash is None or len(root_hash) != HASH_BYTES:
        raise _malformed(f"has {quoted(root)} on its third line, expected the root in base64")
    return Checkpoint(
        origin=origin,
        tree_size=int(size),
        root_hash=root_hash,
        signed=_encoded(text + "\n"),
        signatures=_read_signatures(signatures.removesuffix("\n").split("\n")),
    )


def judge_checkpoint(checkpoint: Checkpoint, log: Log) -> Rejection | None:
    """Return why the checkpoint is not the log's (CHECKPOINT), or None: the log signed it.

    (a) its origin, up to a ` - ` and the number of the tree (Rekor v1), is the log's host
    (b) a signature is by that name, and names the log's key: by the log's id, or for an Ed25519 key
        (Rekor v2) by what `signed-note` derives from name and key
    (c) the first of these is right; others of that name and key are not tried
    """
    host = log_host(log)
    # (a) its origin is the log's host
    if checkpoint.origin.partition(" - ")[0] != host:
        return _rejection(
            f"checkpoint is of {quoted(checkpoint.origin)}, expected of the log {quoted(host)}"
        )
    # (b) a signature is by that name and key
    hints = _key_hints(log, host)
    for signature in checkpoint.signatures:
        if signature.name == host and signature.key_hint in hints:
            # (c) the first of these is right
            if verifies(log.public_key, signature.signature, checkpoint.signed):
                return None
            return _rejection(f"checkpoint has a wrong signature of the log {quoted(host)}")
    return _rejection(f"checkpoint is not signed by the log {quoted(host)}")


def log_host(log: Log) -> str:
    """Return the host of the log's address, with its port: the name that it signs by."""
    return log.base_url.rpartition("://")[2].partition("/")[0]


def _key_hints(log: Log, name: str) -> frozenset[bytes]:
    hints = {log.log_id[:_HINT_BYTES]}
    if isinstance(log.public_key, Ed25519PublicKey):
        derived = sha256(name.encode() + b"\n\x01" + log.public_key.public_bytes_raw())
        hints.add(derived.digest()[:_HINT_BYTES])
    return frozenset(hints)


def _read_signatures(lines: list[str]) -> tuple[NoteSignature, ...]:
    if len(lines) > MAX_SIGNATURES:
        raise _malformed(f"has `{len(lines)}` signatures: at most {MAX_SIGNATURES} are read")
    signatures = []
    for line in lines:
        found = _SIGNATURE.fullmatch(line)
        raw = decode_base64(found[2]) if found else None
        if found is None or raw is None or len(raw) <= _HINT_BYTES:
            raise _malformed(f"has a line of signature that is none: {quoted(line)}")
        signatures.append(
            NoteSignature(name=found[1], key_hint=raw[:_HINT_BYTES], signature=raw[_HINT_BYTES:])
        )
    return tuple(signatures)


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as err:
        raise _malformed("is not UTF-8") from err


def _malformed(what: str) -> Malformed:
    return Malformed(Code.CHECKPOINT, f"checkpoint {what}")


def _rejection(message: str) -> Rejection:
    return Rejection(code=Code.CHECKPOINT, message=message)
