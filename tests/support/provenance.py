"""Publications with provenance as clients attach it, signed and logged by the stand-in."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from imprint.identity.workload import Provider
from imprint.refusals import Unavailable
from imprint.registry.policies import AttestationPolicy
from tests.authority.bundles import CURRENT, CertificateSigner, Generation, Signer, bundle_of
from tests.authority.identities import FORGE, Identity, identity_of
from tests.authority.proposals import dsse_body
from tests.authority.statements import (
    PROVENANCE,
    PROVENANCE_V0_2,
    github_predicate,
    gitlab_predicate,
    statement,
)
from tests.support.attested import domain, stand_in
from tests.support.tarballs import tarball

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.authority.authority import Authority
    from tests.support.world import Answer, World

REPOSITORY = f"{FORGE}/acme/rocket"


@dataclass
class Log:
    """The stand-in's log as the registry writes to it; it can be away."""

    authority: Authority
    clock: Callable[[], float]
    is_away: bool = False
    asked: int = 0
    answers: Callable[[dict[str, Any]], dict[str, Any]] = field(default=lambda entry: entry)

    async def __call__(
        self, envelope: bytes, verifier_pem: bytes, *, timeout_seconds: float
    ) -> dict[str, Any]:
        """Log an envelope."""
        assert timeout_seconds > 0
        self.asked += 1
        if self.is_away:
            raise Unavailable("sigstore-unavailable", "the transparency log does not answer")
        body = dsse_body(json.loads(envelope), verifier_pem)
        entry = self.authority.log.append(body, now=self.clock())
        return self.answers(self.authority.log.bundled(entry))


class Signing:
    """A world whose registry believes the stand-in, and what runs sign there."""

    def __init__(self, world: World, *, logs: bool = True, **policy: Any) -> None:
        self.world = world
        self.authority = stand_in()
        self.log = Log(self.authority, world.clock)
        self.believe(logs=logs, **policy)

    def believe(self, *, logs: bool = True, **policy: Any) -> None:
        """Serve with this policy; npm is told of what the stand-in signs."""
        chosen = {
            "domains": (domain(self.authority),),
            "advertised_domains": frozenset({"private"}),
            "log_url": self.authority.log.base_url if logs else "",
            **policy,
        }
        self.world.serve(
            attestation_policy=AttestationPolicy(**chosen),
            write_entry=self.log if logs else None,
        )

    def bundle(
        self,
        claims: Mapping[str, object],
        *,
        package: str = "@acme/widget",
        version: str = "1.0.0",
        data: bytes | None = None,
        provider: Provider = Provider.GITHUB,
        generation: Generation = CURRENT,
        authority: Authority | None = None,
        signer: Signer | None = None,
        identity: Identity | None = None,
        edit: Callable[[dict[str, Any]], object] = lambda predicate: None,
        **said: Any,
    ) -> dict[str, Any]:
        """Provenance of the run with these claims about this tarball; `edit` is the predicate's."""
        who = identity or identity_of(claims, provider)
        is_github = provider is Provider.GITHUB
        predicate = (github_predicate if is_github else gitlab_predicate)(who.extensions)
        edit(predicate)
        stated = {
            "predicate_type": PROVENANCE if is_github else PROVENANCE_V0_2,
            "predicate": predicate,
            "sha512": hashlib.sha512(
                self.data(package, version) if data is None else data
            ).hexdigest(),
            **said,
        }
        payload = statement(package, version, **stated)
        return bundle_of(
            authority or self.authority,
            payload,
            signer or CertificateSigner(identity=who),
            generation=generation,
            now=self.world.clock(),
        )

    def data(
        self, package: str = "@acme/widget", version: str = "1.0.0", **package_json: Any
    ) -> bytes:
        """A tarball that names its repository."""
        return tarball(package, version, **{"repository": REPOSITORY, **package_json})

    def publish(
        self,
        token: str | None,
        bundle: Mapping[str, Any] | str,
        *,
        package: str = "@acme/widget",
        version: str = "1.0.0",
        data: bytes | None = None,
        stages: bool = False,
        **described: Any,
    ) -> Answer:
        """Publish, or stage, with a bundle beside the tarball."""
        data = self.data(package, version) if data is None else data
        attachments = attached(bundle, package, version)
        send = self.world.stage if stages else self.world.put
        return send(token, package, version, data=data, attachments=attachments, **described)

    def run(self, provider: Provider = Provider.GITHUB, **claims: Any) -> dict[str, object]:
        """A run's claims."""
        return self.world.claims(provider, **claims)

    def published(self, claims: Mapping[str, object] | None = None, **changes: Any) -> Answer:
        """Exchange, sign and publish in one run."""
        claims = self.run() if claims is None else claims
        package = changes.get("package", "@acme/widget")
        token = self.world.credential(self.world.sign(claims), package=package)
        named = ("package", "version", "data")
        said = {name: changes[name] for name in named if name in changes}
        signed = {name: changes.pop(name) for name in ("generation", "provider") if name in changes}
        return self.publish(token, self.bundle(claims, **said, **signed), **changes)


def attached(
    bundle: Mapping[str, Any] | str, package: str = "@acme/widget", version: str = "1.0.0"
) -> dict[str, Any]:
    """The `.sigstore` attachment of npm's PUT."""
    text = bundle if isinstance(bundle, str) else json.dumps(bundle)
    kind = "application/json" if isinstance(bundle, str) else bundle["mediaType"]
    return {
        f"{package}-{version}.sigstore": {
            "content_type": kind,
            "data": text,
            "length": len(text),
        }
    }
