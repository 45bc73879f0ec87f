"""Fuzz entry: npm's trust body, and the publisher that it asks for."""

from imprint.publishers.configuration import build_publisher
from imprint.publishers.npm_trust import parse_trust_body, render_trust
from imprint.refusals import Malformed
from tests.support.claims import NOW
from tests.support.publishers import BUILDS, CIRCLECI, GITHUB, GITLAB, PACKAGE

ISSUERS = {issuer.provider: issuer for issuer in (GITHUB, GITLAB, CIRCLECI, BUILDS)}


def one_input(data: bytes) -> None:
    """Any bytes are a publisher that can be listed, or Malformed."""
    refused = ""
    try:
        request = parse_trust_body(data)
        publisher = build_publisher(
            request,
            publisher_id="8b0f3c0e-0000-4000-8000-000000000001",
            target=PACKAGE,
            issuer=ISSUERS[request.provider],
            pending=False,
            now=NOW,
            created_by="wile",
        )
    except Malformed as err:
        refused = err.message
    else:
        assert render_trust(publisher)["type"] == request.provider
        assert publisher.limits.permissions
    assert refused.isascii()
    assert refused == "" or refused.isprintable()
