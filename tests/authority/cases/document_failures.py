"""Documents whose bundles are each genuine, and that prove nothing of this version all the same."""

from __future__ import annotations

from collections.abc import Iterator

from imprint.attestations.codes import Code
from imprint.identity.workload import Provider
from tests.authority import bundles, statements
from tests.authority.bundles import CertificateSigner
from tests.authority.cases.case import PACKAGE, SHA512, VERSION, Case, Json, Scene, identity
from tests.authority.identities import identity_of
from tests.support.claims import generic_claims


def document_failures() -> Iterator[Case]:
    """Return them all, in the order of the rules."""
    yield _case("empty", "an empty list is not verified provenance", [], Code.EMPTY)
    yield _outer_type()
    yield from _signers()
    yield from _subjects()
    yield from _publications()
    yield from _lists()
    yield from _predicates()


def _case(name: str, about: str, found: list[Json], code: Code, *, reported: bool = False) -> Case:
    content = bundles.document_of(*found)
    return Case(name=name, about=about, content=content, code=code, reported=reported)


def _outer_type() -> Case:
    scene = Scene()
    content = bundles.document_of(scene.publication(), scene.provenance())
    first, second = content["attestations"]
    first["predicateType"], second["predicateType"] = (
        second["predicateType"],
        first["predicateType"],
    )
    return Case(
        name="types-swapped",
        about="the list says other types than were signed",
        content=content,
        code=Code.OUTER_TYPE,
    )


def _person() -> CertificateSigner:
    claims = generic_claims(email="wile@acme.example.test")
    return CertificateSigner(identity=identity_of(claims, Provider.GENERIC))


def _signers() -> Iterator[Case]:
    scene = Scene()
    found = [scene.provenance(), scene.publication(bundles.CURRENT, signer=_person())]
    yield _case("published-by-a-person", "not by the registry's key", found, Code.PUBLISH_KEY)

    scene = Scene()
    found = [scene.provenance(signer=_person()), scene.publication()]
    yield _case("signed-by-a-person", "provenance is for runs of a CI", found, Code.ISSUER)

    scene = Scene()
    evil = identity(iss="https://ci.evil.example.test")
    found = [scene.provenance(signer=CertificateSigner(identity=evil)), scene.publication()]
    yield _case("foreign-issuer", "a CI that the domain does not allow", found, Code.ISSUER)

    scene = Scene()
    found = [scene.provenance(signer=scene.registry), scene.publication()]
    yield _case("provenance-by-key", "a key is nobody's run", found, Code.ISSUER)


def _subjects() -> Iterator[Case]:
    scene = Scene()
    other = scene.statement(sha512="00" * 64)
    found = [scene.provenance(payload=other), scene.publication()]
    yield _case("another-tarball", "the digest is another tarball's", found, Code.SUBJECT)

    scene = Scene()
    other = scene.statement(version="1.1.9")
    found = [scene.provenance(payload=other), scene.publication()]
    yield _case("another-version", "of another version", found, Code.SUBJECT)

    scene = Scene()
    payload = scene.statement()
    two = payload.replace(b'"subject": [', b'"subject": [' + _subject() + b", ")
    found = [scene.provenance(payload=two), scene.publication()]
    yield _case("two-subjects", "exactly one is allowed", found, Code.SUBJECT)


def _subject() -> bytes:
    purl = statements.purl(PACKAGE, VERSION)
    return f'{{"name": "{purl}", "digest": {{"sha512": "{SHA512}"}}}}'.encode()


def _publications() -> Iterator[Case]:
    for name, changed in (
        ("another-name", {"name": "@acme/sled"}),
        ("another-release", {"version": "1.2.1"}),
        ("another-registry", {"registry": "https://registry.evil.example.test"}),
    ):
        scene = Scene()
        found = [scene.provenance(), scene.publication(predicate=changed)]
        about = f"the registry published something else: its {next(iter(changed))}"
        yield _case(name, about, found, Code.PUBLISH_PREDICATE)


def _lists() -> Iterator[Case]:
    scene = Scene()
    found = [scene.provenance(), scene.provenance(), scene.publication()]
    yield _case("twice", "two of one type", found, Code.DUPLICATE)

    scene = Scene()
    unknown = scene.statement().replace(
        statements.PROVENANCE.encode(), b"https://types.example.test/review/v1"
    )
    found = [scene.provenance(), scene.publication(), scene.provenance(payload=unknown)]
    about = "a type that nobody here knows is reported, and counts for nothing"
    yield _case("unknown-type", about, found, Code.UNKNOWN_TYPE, reported=True)

    scene = Scene()
    found = [scene.provenance(payload=unknown), scene.publication()]
    yield _case("only-unknown-type", "and so is none", found, Code.MISSING_PROVENANCE)

    found = [Scene().publication()]
    yield _case("no-provenance", "it was dropped", found, Code.MISSING_PROVENANCE)

    found = [Scene().provenance()]
    yield _case("no-publication", "it was dropped", found, Code.MISSING_PUBLISH)


def _predicates() -> Iterator[Case]:
    scene = Scene()
    predicate = statements.github_predicate(scene.identity.extensions)
    definition = predicate["buildDefinition"]
    definition["externalParameters"]["workflow"]["repository"] = "https://forge.example.test/a/b"
    payload = scene.statement(buildDefinition=definition)
    found = [scene.provenance(payload=payload), scene.publication()]
    yield _case(
        "claims-another-repository",
        "the predicate is made of variables, the certificate is not",
        found,
        Code.PREDICATE_CERT_MISMATCH,
    )

    scene = Scene()
    later = CertificateSigner(identity=identity(run_attempt="2"))
    found = [scene.provenance(signer=later), scene.publication()]
    yield _case(
        "another-attempt",
        "the certificate is another attempt's than the predicate says",
        found,
        Code.PREDICATE_CERT_MISMATCH,
    )
