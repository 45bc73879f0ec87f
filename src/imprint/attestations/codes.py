"""Why an attestation was not accepted: one code per numbered step. Not here: the steps."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Code(StrEnum):
    """The steps of a bundle in the order they are taken, then the rules of a whole document."""

    FORMAT = "FORMAT"
    """Not a bundle, or one that states too much, too little, or a generation nobody knows."""
    LOG = "LOG"
    """Logged nowhere, or in a log that the trust domain does not know."""
    SET = "SET"
    """The log's promise (signed entry timestamp) is not the log's."""
    PROOF = "PROOF"
    """The log entry is not in the tree (inclusion proof)."""
    CHECKPOINT = "CHECKPOINT"
    """The tree's head is not signed by the log."""
    TIME = "TIME"
    """Nobody that is trusted says when it was signed."""
    TSA = "TSA"
    """A signed timestamp is not one of a trusted timestamp authority."""
    CHAIN = "CHAIN"
    """The certificate was not issued by an authority of the trust domain, at that time."""
    CERT_TIME = "CERT_TIME"
    """Signed while the certificate was not valid."""
    LEAF = "LEAF"
    """The certificate is not made for signing code."""
    SCT = "SCT"
    """The certificate is not in a certificate transparency log of the trust domain."""
    KEY = "KEY"
    """No such key, or none that was good at that time and for that use."""
    SIGNATURE = "SIGNATURE"
    """The signature is not that key's over this content."""
    ARTIFACT = "ARTIFACT"
    """Signed was another artifact, or which one is not known."""
    BODY = "BODY"
    """The log entry is another artifact's, signature's or key's."""

    EMPTY = "EMPTY"
    """The document has no attestation at all."""
    OUTER_TYPE = "OUTER_TYPE"
    """The unsigned predicate type is not the signed one. Rule (a)."""
    PUBLISH_KEY = "PUBLISH_KEY"
    """A publish attestation that no key of this registry signed. Rule (b)."""
    ISSUER = "ISSUER"
    """Provenance signed by something else than an allowed CI issuer's run. Rule (b)."""
    SUBJECT = "SUBJECT"
    """Not about this package, version and tarball, or not about exactly one. Rules (c), (d)."""
    PUBLISH_PREDICATE = "PUBLISH_PREDICATE"
    """The publish attestation names another package, version or registry. Rule (e)."""
    DUPLICATE = "DUPLICATE"
    """Two attestations of one type. Rule (f)."""
    UNKNOWN_TYPE = "UNKNOWN_TYPE"
    """A predicate type that nobody here understands: reported, never counted. Rule (f)."""
    MISSING_PROVENANCE = "MISSING_PROVENANCE"
    """Provenance was to be there, and is not. Rule (g)."""
    MISSING_PUBLISH = "MISSING_PUBLISH"
    """The registry's publish attestation was to be there, and is not. Rule (g)."""
    PREDICATE_CERT_MISMATCH = "PREDICATE_CERT_MISMATCH"
    """The predicate says otherwise than the certificate. Rule (h)."""

    MISSING_SIGNATURE = "MISSING_SIGNATURE"
    """The registry has keys, and the version has no registry signature."""


class Rejection(NamedTuple):
    """A decision against one attestation or document.

    `message` is one line: what, then value, then what would have been right.
    """

    code: Code
    message: str
    hint: str | None = None
