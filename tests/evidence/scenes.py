"""A version with everything that proves it, as if it had been gathered; a test takes parts away."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from imprint.attestations.domains import AllowedIssuer, Thresholds, TrustDomain
from imprint.attestations.reading.key_sets import read_key_set
from imprint.attestations.reading.trusted_roots import read_trusted_root
from imprint.evidence.basis import Basis, KeySource
from imprint.evidence.collect import facts_of
from imprint.evidence.judge import judge
from imprint.evidence.looked import Had, NotThere
from imprint.evidence.pieces import Pieces
from imprint.identity.workload import Provider
from imprint.npm.names import PackageName
from imprint.npm.published import read_packument
from tests.authority import documents
from tests.support.claims import GITHUB_ISSUER, NOW
from tests.support.upstream_registry import UpstreamStandIn

if TYPE_CHECKING:
    from imprint.evidence.verdict import Verdict

NAME, VERSION = "@acme/widget", "1.0.0"
DOCUMENT = f"/-/npm/v1/attestations/{PackageName.parse(NAME).escaped}@{VERSION}"
ASKED_AT = NOW + 86_400
GITHUB = AllowedIssuer(url=GITHUB_ISSUER, provider=Provider.GITHUB)


@dataclass
class Scene:
    """A registry that nobody asks: what it would answer is taken from it directly."""

    upstream: UpstreamStandIn = field(
        default_factory=lambda: UpstreamStandIn(url="https://registry.example.test/", now=NOW)
    )
    data: bytes = b""

    def publish(self, **named: Any) -> Scene:
        """Publish a version, and look at this one from now on."""
        self.upstream.serve_keys()
        self.data = self.upstream.publish(NAME, VERSION, **named)
        return self

    def document(self) -> dict[str, Any]:
        """Return the attestations, to be changed."""
        found = json.loads(self.upstream.answers[DOCUMENT][1])
        assert isinstance(found, dict)
        return found

    def pieces(self, **changes: Any) -> Pieces:
        """Return what would be gathered; `changes` are other pieces, `dist` changes in `dist`."""
        if "dist" in changes:
            self.upstream.change(NAME, VERSION, **changes.pop("dist"))
        raw = self.upstream.answers["/" + PackageName.parse(NAME).escaped][1]
        published = read_packument(raw, name=NAME).version(VERSION)
        assert published is not None
        whole = Pieces(
            published=published,
            document=Had(self.upstream.answers[DOCUMENT][1])
            if DOCUMENT in self.upstream.answers
            else NotThere(),
            tarball=Had(facts_of(self.data)),
        )
        return replace(whole, **changes)

    def basis(self, **changes: Any) -> Basis:
        """Return what it is judged by: the registry's keys are known."""
        whole = Basis(
            domains=(self.domain(),),
            keys=read_key_set(self.upstream.answers["/-/npm/v1/keys"][1]),
            key_source=KeySource.KEPT,
            registry="registry.example.test",
        )
        return replace(whole, **changes)

    def domain(self, *issuers: AllowedIssuer) -> TrustDomain:
        """Return the authority's trust domain."""
        root = json.dumps(documents.trusted_root(self.upstream.authority)).encode()
        return TrustDomain(
            name="private",
            root=read_trusted_root(root),
            thresholds=Thresholds(),
            issuers=issuers or (GITHUB,),
            digest="",
        )

    def judged(self, basis: Basis | None = None, **changes: Any) -> Verdict:
        """Return the verdict on the pieces with `changes`."""
        return judge(self.pieces(**changes), basis=basis or self.basis(), now=ASKED_AT)


def document_of(*bundles: dict[str, Any]) -> Had[bytes]:
    """Return these entries of a document as one that was had."""
    return Had(json.dumps({"attestations": list(bundles)}).encode())
