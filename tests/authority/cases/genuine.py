"""Cases that are good: every generation of bundles, and what else is seldom but right."""

from __future__ import annotations

from collections.abc import Iterator

from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1

from imprint.identity.workload import Provider
from tests.authority import bundles, documents, statements
from tests.authority.authority import Authority
from tests.authority.cases.case import PACKAGE, SHA512, VERSION, Case, Scene, identity
from tests.authority.identities import identity_of
from tests.authority.keys import curve_key
from tests.support.claims import circleci_claims, gitlab_claims

ARTIFACT = b"hello, launch pad\n"


def genuine() -> Iterator[Case]:
    """Return them all."""
    yield from _generations()
    yield _gitlab()
    yield _circleci()
    yield _reusable_workflow()
    yield _first_entry()
    yield _rotated_keys()
    yield _message()
    yield _other_curve()


def _generations() -> Iterator[Case]:
    pairs = {
        "first-generation": (bundles.PROMISED, bundles.OLD_PUBLISH, "2022: a chain of three, SET"),
        "second-generation": (bundles.PROVED, bundles.OLD_PUBLISH, "2023: SET and proof"),
        "third-generation": (bundles.SECOND, bundles.OLD_PUBLISH, "2024 and npm 10: v0.2, intoto"),
        "current": (bundles.CURRENT, bundles.PUBLISH, "npm 11 and 12: v0.3, one certificate, dsse"),
        "rekor-v2": (bundles.REKOR_V2, bundles.PUBLISH, "pnpm 12: no SET, no time but a stamp"),
    }
    for name, (signed, published, about) in pairs.items():
        scene = Scene()
        content = bundles.document_of(scene.publication(published), scene.provenance(signed))
        yield Case(name=name, about=about, content=content)
    yield Case(
        name="hashedrekord",
        about="the log has the digest of what was signed, and not the envelope",
        content=Scene().provenance(bundles.HASHED),
    )
    yield Case(
        name="timestamps-alone",
        about="logged nowhere, as by a forge's own instance: a timestamp says when",
        content=Scene().provenance(bundles.STAMPED),
        thresholds={"log_entries": 0},
    )
    for name, generation in (("key", bundles.PUBLISH), ("key-intoto", bundles.OLD_PUBLISH)):
        yield Case(
            name=name,
            about="a publish attestation alone, by the registry's key",
            content=Scene().publication(generation),
        )


def _gitlab() -> Case:
    scene = Scene(identity=identity_of(gitlab_claims(), Provider.GITLAB))
    payload = statements.statement(
        PACKAGE,
        VERSION,
        sha512=SHA512,
        predicate_type=statements.PROVENANCE_V0_2,
        predicate=statements.gitlab_predicate(scene.identity.extensions),
    )
    content = bundles.document_of(scene.provenance(payload=payload), scene.publication())
    return Case(name="gitlab", about="a pipeline of GitLab, SLSA v0.2", content=content)


def _circleci() -> Case:
    scene = Scene(identity=identity_of(circleci_claims(), Provider.CIRCLECI))
    payload = Scene().statement()
    return Case(
        name="circleci",
        about="a job of CircleCI, whose issuer is its organization's own",
        content=scene.provenance(payload=payload),
    )


def _reusable_workflow() -> Case:
    called = "shared/actions/.github/workflows/publish.yml@refs/tags/v3"
    scene = Scene(identity=identity(job_workflow_ref=called))
    content = bundles.document_of(scene.provenance(), scene.publication())
    return Case(
        name="reusable-workflow",
        about="the signer is another repository's workflow, the source is not",
        content=content,
    )


def _first_entry() -> Case:
    scene = Scene()
    scene.authority.log.entries.clear()
    bundle = scene.provenance()
    entry = bundle["verificationMaterial"]["tlogEntries"][0]
    del entry["logIndex"], entry["inclusionProof"]["logIndex"], entry["inclusionProof"]["hashes"]
    return Case(
        name="first-entry", about="index 0, which JSON of protobuf leaves out", content=bundle
    )


def _rotated_keys() -> Case:
    scene = Scene()
    old, new = scene.registry.key.public_key(), curve_key("cases", "registry 2").public_key()
    keys = documents.keys_of_registry(old, new)
    for key in keys["keys"][:2]:
        key["publicKey"]["validFor"]["end"] = "2026-11-18T20:00:00Z"
    content = bundles.document_of(scene.provenance(), scene.publication())
    return Case(
        name="rotated-keys",
        about="the key that signed has ended since, another one follows it",
        content=content,
        keys=keys,
    )


def _message() -> Case:
    return Case(
        name="message",
        about="a signature over a file",
        content=Scene().message(ARTIFACT),
        artifact=ARTIFACT,
    )


def _other_curve() -> Case:
    scene = Scene(authority=Authority(seed="other curve", curve=SECP384R1()))
    content = bundles.document_of(scene.publication(), scene.provenance())
    return Case(
        name="other-curve",
        about="authorities with P-384, as the public instance has",
        content=content,
        root=scene.root(),
    )
