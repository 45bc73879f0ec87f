"""A golden case, the scene that every case starts from, and how one is written to its folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from cryptography.hazmat.primitives.serialization import load_der_public_key

from imprint.attestations.codes import Code
from imprint.identity.workload import Provider
from tests.authority import bundles, documents, statements
from tests.authority.authority import Authority
from tests.authority.bundles import CertificateSigner, Generation, KeySigner
from tests.authority.identities import Identity, identity_of
from tests.authority.keys import spki
from tests.support.claims import NOW, github_claims

Json: TypeAlias = dict[str, Any]

PACKAGE = "@acme/rocket"
VERSION = "1.2.0"
SHA512 = "5d" * 64
ASKED_AT = NOW + 86_400
"""When the cases are judged: the day after they were signed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One folder. `code` None: the content is good."""

    name: str
    about: str
    content: Json
    code: Code | None = None
    root: Json | None = None
    """None: that of all the others."""
    keys: Json | None = None
    thresholds: Mapping[str, int] = field(default_factory=dict)
    artifact: bytes | None = None
    """What a message signature is over."""
    reported: bool = False
    """Whether `code` is only reported, and the rest still counts."""

    @property
    def folder(self) -> str:
        """Its name; negatives end in `_fail`."""
        return self.name if self.code is None or self.reported else f"{self.name}_fail"

    @property
    def kind(self) -> str:
        """`document` (npm's shape) or `bundle`."""
        return "document" if "attestations" in self.content else "bundle"


def identity(**claims: object) -> Identity:
    """Who signs: GitHub's default run of the tests."""
    return identity_of(github_claims(**claims), Provider.GITHUB)


@dataclass(slots=True, kw_only=True)
class Scene:
    """An authority with an empty log, and what is signed by default."""

    authority: Authority = field(default_factory=Authority)
    identity: Identity = field(default_factory=identity)
    registry: KeySigner = field(default_factory=KeySigner)

    @property
    def signer(self) -> CertificateSigner:
        """The run."""
        return CertificateSigner(identity=self.identity)

    def provenance(
        self,
        generation: Generation = bundles.CURRENT,
        *,
        signer: bundles.Signer | None = None,
        payload: bytes | None = None,
        logged_at: float | None = None,
    ) -> Json:
        """The run's bundle."""
        return bundles.bundle_of(
            self.authority,
            self.statement() if payload is None else payload,
            signer or self.signer,
            generation=generation,
            now=NOW,
            logged_at=logged_at,
        )

    def publication(
        self,
        generation: Generation = bundles.PUBLISH,
        *,
        signer: bundles.Signer | None = None,
        predicate: Mapping[str, str] | None = None,
    ) -> Json:
        """The registry's publish attestation, a second after the run's; `predicate` is changes."""
        stated = {**statements.publish_predicate(PACKAGE, VERSION), **(predicate or {})}
        payload = statements.statement(
            PACKAGE,
            VERSION,
            sha512=SHA512,
            predicate_type=statements.PUBLISH,
            predicate=stated,
        )
        return bundles.bundle_of(
            self.authority, payload, signer or self.registry, generation=generation, now=NOW + 1
        )

    def message(self, artifact: bytes) -> Json:
        """A bundle with a signature over a file."""
        return bundles.message_bundle_of(self.authority, artifact, self.signer, now=NOW)

    def statement(self, *, sha512: str = SHA512, version: str = VERSION, **changes: Any) -> bytes:
        """The provenance statement; `changes` replace members of its predicate."""
        predicate = {**statements.github_predicate(self.identity.extensions), **changes}
        return statements.statement(
            PACKAGE,
            version,
            sha512=sha512,
            predicate_type=statements.PROVENANCE,
            predicate=predicate,
        )

    def root(self) -> Json:
        """The authority's trusted root."""
        return documents.trusted_root(self.authority)


def default_root() -> Json:
    """Return the trusted root of every case that has none of its own."""
    return documents.trusted_root(Authority())


def default_keys() -> Json:
    """Return the registry's keys."""
    # Read back, as a registry has its own key by its public half alone.
    return documents.keys_of_registry(load_der_public_key(spki(KeySigner().key.public_key())))


def write(case: Case, folder: Path) -> None:
    """Write a case below `folder`, in few bytes."""
    where = folder / case.folder
    where.mkdir(parents=True, exist_ok=True)
    named = {"trusted_root": "../trusted_root.json", "keys": "../keys.json"}
    for name, own in (("trusted_root", case.root), ("keys", case.keys)):
        if own is not None:
            named[name] = f"{name}.json"
            dump(own, where / f"{name}.json")
    described = {
        "about": case.about,
        "content": f"{case.kind}.json",
        "package": f"{PACKAGE}@{VERSION}",
        "sha512": SHA512,
        "registry": statements.REGISTRY,
        "now": ASKED_AT,
        "thresholds": dict(case.thresholds),
        "artifact": None if case.artifact is None else case.artifact.decode(),
        **named,
        "expected": "valid" if case.code is None or case.reported else "invalid",
        "code": case.code,
    }
    (where / "case.json").write_text(json.dumps(described, indent=1) + "\n", encoding="utf-8")
    dump(case.content, where / f"{case.kind}.json")


def dump(value: Json, path: Path) -> None:
    """Write JSON on one line."""
    path.write_text(json.dumps(value, separators=(",", ":")) + "\n", encoding="utf-8")
