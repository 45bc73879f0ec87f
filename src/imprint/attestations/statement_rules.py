"""The rules for one statement in npm's document whose signature is verified already.

Letters as in the facts' document level: (a) type, (b) who may sign what, (c) and (d) subject, (e)
the registry's own predicate, (h) predicate against certificate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.attestations.codes import Code, Rejection
from imprint.attestations.predicates import PROVENANCE_TYPES, PUBLISH_TYPE
from imprint.attestations.proof import CertificateProof, KeyProof, Level
from imprint.attestations.verdicts import Kind
from imprint.identity.claim_values import shown
from imprint.npm.purls import package_url
from imprint.refusals import quoted

if TYPE_CHECKING:
    from imprint.attestations.proof import Proof
    from imprint.attestations.reading.statements import Statement, Subject
    from imprint.npm.names import PackageName


class ExpectedSubject(msgspec.Struct, frozen=True, kw_only=True):
    """What every attestation of a document has to be about."""

    name: PackageName
    version: str
    sha512: str | None
    """Hex, of the bytes that are served; None where they are not at hand."""


def kind_of(predicate_type: str) -> Kind | None:
    """Return what a predicate type stands for; None for one that nobody here understands."""
    if predicate_type == PUBLISH_TYPE:
        return Kind.PUBLISH
    return Kind.PROVENANCE if predicate_type in PROVENANCE_TYPES else None


def judge_type(statement: Statement, unverified_type: str) -> Rejection | None:
    """(a) The type in the list, which nobody signed, is the signed one: OUTER_TYPE."""
    if unverified_type == statement.predicate_type:
        return None
    return Rejection(
        code=Code.OUTER_TYPE,
        message=f"listed as {quoted(unverified_type)}, expected {quoted(statement.predicate_type)} "
        "as it is signed",
    )


def judge_signer(kind: Kind, proof: Proof) -> Rejection | None:
    """(b) The registry's key signs publish attestations, runs of CI issuers sign provenance.

    PUBLISH_KEY, ISSUER. Which keys are the registry's is decided before: a proof by a key is one by
    this registry's.
    """
    match kind, proof:
        case (Kind.PUBLISH, KeyProof()):
            return None
        case (Kind.PROVENANCE, CertificateProof(level=Level.FULL | Level.LEGACY)):
            return None
        case (Kind.PUBLISH, CertificateProof(certificate=certificate)):
            return Rejection(
                code=Code.PUBLISH_KEY,
                message=f"the publish attestation is signed by {quoted(certificate.subject)}, "
                "expected a key of the registry",
            )
        case (_, CertificateProof(certificate=certificate)):
            return Rejection(
                code=Code.ISSUER,
                message=f"the provenance is signed by {quoted(certificate.subject)} of "
                f"{quoted(certificate.issuer)}, expected a run of an allowed CI issuer",
                hint="a trust domain names the issuers whose runs may sign",
            )
        case (_, KeyProof(key_id=key_id)):
            return Rejection(
                code=Code.ISSUER,
                message=f"the provenance is signed by key {quoted(key_id)}, "
                "expected the certificate of a CI run",
            )


def judge_subject(statement: Statement, expected: ExpectedSubject) -> Rejection | None:
    """(c), (d) It is about exactly one thing, and that is this package, version and tarball."""
    if len(statement.subjects) != 1:
        return _subject(f"about {len(statement.subjects)} subjects, expected exactly one")
    subject = statement.subjects[0]
    url = package_url(expected.name, expected.version)
    if subject.name != url:
        return _subject(f"about {quoted(subject.name)}, expected `{url}`")
    digest = sha512_of(subject)
    if digest is None:
        return _subject("the subject has no sha512, expected that of the tarball")
    if expected.sha512 is not None and digest != expected.sha512:
        return _subject(f"about sha512 {quoted(digest)}, expected `{expected.sha512}`")
    return None


def sha512_of(subject: Subject) -> str | None:
    """Return the subject's digest as hex; None where it has none."""
    return subject.digests.get("sha512")


def judge_publish_predicate(
    statement: Statement, expected: ExpectedSubject, registry: str | None
) -> Rejection | None:
    """(e) The registry attests this package and version, and itself: PUBLISH_PREDICATE.

    `registry` is its host, with its path where it has one; None: not compared.
    """
    for member, right in (("name", str(expected.name)), ("version", expected.version)):
        value = statement.predicate.get(member)
        if value != right:
            return _predicate(member, shown(value), quoted(right))
    value = statement.predicate.get("registry")
    if registry is None or (isinstance(value, str) and _place(value) == _place(registry)):
        return None
    return _predicate("registry", shown(value), quoted(registry))


def _place(address: str) -> str:
    """Return host and path of an address; the host in lower case, without a closing slash."""
    host, slash, path = address.removeprefix("https://").partition("/")
    return (host.lower() + slash + path).rstrip("/")


def _subject(message: str) -> Rejection:
    return Rejection(code=Code.SUBJECT, message=message)


def _predicate(member: str, value: str, right: str) -> Rejection:
    return Rejection(
        code=Code.PUBLISH_PREDICATE,
        message=f"`{member}` of the publish attestation is {value}, expected {right}",
    )
