"""Fuzz entry: bundles, alone and within npm's documents."""

from imprint.attestations.bundles import MAX_LOG_ENTRIES, Bundle
from imprint.attestations.codes import Rejection
from imprint.attestations.domains import Thresholds, TrustDomain
from imprint.attestations.reading.bundles import parse_bundle
from imprint.attestations.reading.documents import Document, parse_stored
from imprint.attestations.roots import TrustedRoot
from imprint.attestations.verify import verify_bundle
from imprint.refusals import Malformed

BELIEVES_NOTHING = TrustDomain(
    name="nothing",
    root=TrustedRoot(
        signing_authorities=(), timestamp_authorities=(), logs=(), certificate_logs=()
    ),
    thresholds=Thresholds(log_entries=0, certificate_timestamps=0, times=0),
    issuers=(),
    digest="",
)


def one_input(data: bytes) -> None:
    """Any bytes are a bundle, a document of some, or Malformed; nothing is proved by itself."""
    refused = ""
    try:
        bundles = [parse_bundle(data)]
    except Malformed as err:
        refused = err.message
        bundles = _within(data)
    for bundle in bundles:
        assert len(bundle.entries) <= MAX_LOG_ENTRIES
        verdict = verify_bundle(bundle, domain=BELIEVES_NOTHING, keys=None, now=0)
        assert isinstance(verdict, Rejection)
        assert verdict.message.isascii()
        assert verdict.message.isprintable()
    assert refused.isascii()
    assert refused == "" or refused.isprintable()


def _within(data: bytes) -> list[Bundle]:
    try:
        stored = parse_stored(data)
    except Malformed:
        return []
    assert isinstance(stored, Document)
    return [one.bundle for one in stored.attestations if isinstance(one.bundle, Bundle)]
