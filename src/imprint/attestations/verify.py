"""A bundle, a trust domain and the time → a proof of who signed, or why not.

The one place that makes a CertificateProof or a KeyProof. Not here: what a document must hold, and
whether whoever signed may publish anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.attestations.bundle_keys import BundleKey, find_key, given_key
from imprint.attestations.bundles import CertificateMaterial, KeyMaterial
from imprint.attestations.certificates import load_certificate, read_certificate
from imprint.attestations.chains import verify_chain
from imprint.attestations.codes import Code, Rejection
from imprint.attestations.contents import judge_artifact, judge_content
from imprint.attestations.evidence import Evidence, gather_evidence
from imprint.attestations.leaves import judge_leaf
from imprint.attestations.proof import CertificateProof, KeyProof
from imprint.attestations.scts import verify_scts
from imprint.attestations.workloads import read_identity
from imprint.refusals import Malformed

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

    from imprint.attestations.bundles import Bundle
    from imprint.attestations.contents import Digests
    from imprint.attestations.domains import RegistryKeySet, TrustDomain
    from imprint.attestations.proof import Proof


def verify_bundle(
    bundle: Bundle,
    *,
    domain: TrustDomain,
    keys: RegistryKeySet | None,
    now: float,
    artifact: Digests | None = None,
    public_key: PublicKeyTypes | None = None,
) -> Proof | Rejection:
    """Judge a bundle by one trust domain, in the order of attestation facts §4.

    `keys` are the registry's, for bundles that name a key; `public_key` stands for them where
    somebody names the key himself: it is good at any time, and a bundle with a certificate is then
    refused. `artifact` has the digests of what was signed; without it only an envelope can be
    judged, and what that is about is the caller's to compare. `now` is Unix seconds.

    (1) the bundle is one (`reading`), and can be judged by what is known of the artifact
    (2) each log entry: LOG, SET, PROOF, CHECKPOINT
    (3) when it was signed: TSA, TIME
    (4) a certificate: CHAIN, CERT_TIME, LEAF; or a key: KEY
    (5) the certificate is logged: SCT
    (6) the signature: SIGNATURE
    (7) the artifact, where it is given: ARTIFACT
    (8) the log entries are about this signature: BODY. Last, so that what was changed after it was
        signed is said to be just that.
    """
    # (1) it can be judged by what is known of the artifact
    rejection = judge_artifact(bundle.content, artifact)
    if rejection is not None:
        return rejection
    # (2), (3) where it is logged, and when it was signed
    evidence = gather_evidence(bundle, domain=domain, now=now)
    if isinstance(evidence, Rejection):
        return evidence
    match bundle.material:
        case CertificateMaterial() if public_key is not None:
            return Rejection(
                code=Code.KEY, message="the bundle has a certificate, expected one by the given key"
            )
        case CertificateMaterial(certificates=(der, *_)):
            return _verify_certificate(bundle, der, evidence, domain, artifact)
        case CertificateMaterial():
            return Rejection(code=Code.FORMAT, message="the bundle has an empty certificate chain")
        case KeyMaterial(hint=hint):
            key = (
                find_key(hint, keys, moments=evidence.moments)
                if public_key is None
                else given_key(public_key)
            )
            return _verify_key(bundle, key, evidence, domain, artifact)


def _verify_certificate(
    bundle: Bundle,
    der: bytes,
    evidence: Evidence,
    domain: TrustDomain,
    artifact: Digests | None,
) -> CertificateProof | Rejection:
    try:
        leaf = load_certificate(der)
        certificate = read_certificate(leaf)
    except Malformed as err:
        return Rejection(code=Code.FORMAT, message=err.message)
    # (4) an authority issued the certificate, for signing code, and it was valid
    issuer = verify_chain(leaf, domain.root.signing_authorities, evidence.moments)
    if isinstance(issuer, Rejection):
        return issuer
    rejection = (
        judge_leaf(leaf)
        # (5) certificate transparency
        or verify_scts(
            leaf,
            issuer,
            domain.root.certificate_logs,
            domain.thresholds.certificate_timestamps,
        )
        # (6), (7), (8) the signature, the artifact, the log entries
        or judge_content(bundle, public_key=leaf.public_key, verifier=der, artifact=artifact)
    )
    if rejection is not None:
        return rejection
    identity = read_identity(certificate, domain.issuers)
    return CertificateProof(
        domain=domain.name,
        certificate=certificate,
        level=identity.level,
        workload=identity.workload,
        times=evidence.times,
        entries=evidence.entries,
        content=bundle.content,
    )


def _verify_key(
    bundle: Bundle,
    key: BundleKey | Rejection,
    evidence: Evidence,
    domain: TrustDomain,
    artifact: Digests | None,
) -> KeyProof | Rejection:
    # (4) there is such a key
    if isinstance(key, Rejection):
        return key
    # (6), (7), (8) the signature, the artifact, the log entries
    rejection = judge_content(
        bundle, public_key=key.public_key, verifier=key.spki, artifact=artifact
    )
    if rejection is not None:
        return rejection
    return KeyProof(
        domain=domain.name,
        key_id=key.key_id,
        times=evidence.times,
        entries=evidence.entries,
        content=bundle.content,
    )
