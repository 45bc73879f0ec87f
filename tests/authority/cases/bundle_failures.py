"""Bundles that prove nothing: at least one for each step that judges a bundle."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from cryptography.x509.oid import ExtendedKeyUsageOID

from imprint.attestations.codes import Code
from tests.authority import bundles
from tests.authority.authority import Authority
from tests.authority.bundles import CertificateSigner, KeySigner
from tests.authority.cases.case import Case, Json, Scene, default_keys, identity
from tests.authority.certificates import LIFETIME_SECONDS, Chain
from tests.authority.keys import curve_key, sign, text64
from tests.authority.timestamps import TimestampAuthority
from tests.support.claims import NOW


def bundle_failures() -> Iterator[Case]:
    """Return them all, in the order of the steps."""
    yield from _format()
    yield from _log()
    yield from _time()
    yield from _certificate()
    yield from _key()
    yield from _content()


def _case(name: str, about: str, content: Json, code: Code) -> Case:
    return Case(name=name, about=about, content=content, code=code)


def _entry(bundle: Json) -> Json:
    entry: Json = bundle["verificationMaterial"]["tlogEntries"][0]
    return entry


def _flipped(text: str) -> str:
    """Change the last byte of base64."""
    raw = bytearray(base64.b64decode(text))
    raw[-1] ^= 1
    return text64(bytes(raw))


def _same_run() -> CertificateSigner:
    """The run with another key, as it has whenever it signs again."""
    return CertificateSigner(identity=identity(), key=curve_key("cases", "signer again"))


def _format() -> Iterator[Case]:
    bundle = Scene().provenance()
    bundle["dsseEnvelope"]["signatures"] *= 2
    yield _case("two-signatures", "an envelope has exactly one", bundle, Code.FORMAT)

    bundle = Scene().provenance()
    bundle["mediaType"] = "application/vnd.dev.sigstore.bundle.v0.9+json"
    yield _case("unknown-version", "of a version that nobody knows", bundle, Code.FORMAT)

    bundle = Scene().provenance()
    material = bundle["verificationMaterial"]
    material["x509CertificateChain"] = {"certificates": [material.pop("certificate")]}
    yield _case("chain-in-v0.3", "a chain where only a certificate may be", bundle, Code.FORMAT)


def _log() -> Iterator[Case]:
    bundle = Scene().provenance(bundles.STAMPED)
    yield _case("logged-nowhere", "stamped, and in no log", bundle, Code.LOG)

    other = Authority(seed="somebody else")
    bundle = Scene().provenance()
    entry = _entry(bundle)
    other.log.append(base64.b64decode(entry["canonicalizedBody"]), now=NOW)
    bundle["verificationMaterial"]["tlogEntries"] = [other.log.bundled(other.log.entries[-1])]
    yield _case("unknown-log", "in a log that the domain does not know", bundle, Code.LOG)

    bundle = Scene().provenance()
    entry = _entry(bundle)
    entry["integratedTime"] = str(int(entry["integratedTime"]) + 1)
    yield _case("moved-in-time", "the log promised another time", bundle, Code.SET)

    bundle = Scene().provenance()
    hashes = _entry(bundle)["inclusionProof"]["hashes"]
    hashes[0] = _flipped(hashes[0])
    yield _case("broken-proof", "the path leads to another tree", bundle, Code.PROOF)

    bundle = Scene().provenance()
    del _entry(bundle)["inclusionProof"]
    yield _case("no-proof", "since v0.2 a proof is owed", bundle, Code.PROOF)

    scene = Scene()
    bundle, mine = scene.provenance(), scene.authority
    proof = _entry(bundle)["inclusionProof"]
    note, _, _ = proof["checkpoint"]["envelope"].partition("\n\n")
    forged = sign(curve_key("somebody else", "log"), f"{note}\n".encode())
    line = text64(mine.log.log_id[:4] + forged)
    proof["checkpoint"]["envelope"] = f"{note}\n\n\u2014 {mine.log.host} {line}\n"
    yield _case("forged-head", "the tree's head is signed by another", bundle, Code.CHECKPOINT)


def _time() -> Iterator[Case]:
    bundle = Scene().provenance(bundles.REKOR_V2)
    del bundle["verificationMaterial"]["timestampVerificationData"]
    yield _case("no-time", "a log that states no time, and no timestamp", bundle, Code.TIME)

    scene = Scene()
    bundle = scene.provenance(bundles.REKOR_V2)
    scene.authority.timestamps = TimestampAuthority("somebody else")
    bundles.stamp(scene.authority, bundle, now=NOW)
    yield _case("unknown-stamp", "stamped by an authority of nobody's", bundle, Code.TSA)

    scene = Scene()
    bundle = scene.provenance(bundles.REKOR_V2)
    second = scene.provenance(bundles.REKOR_V2, signer=_same_run())
    data = "timestampVerificationData"
    bundle["verificationMaterial"][data] = second["verificationMaterial"][data]
    yield _case("another-stamp", "the timestamp is over another signature", bundle, Code.TSA)

    scene = Scene()
    late = NOW + LIFETIME_SECONDS + 1
    bundle = scene.provenance(logged_at=late)
    yield _case("expired", "logged a second after the certificate ended", bundle, Code.CERT_TIME)


def _certificate() -> Iterator[Case]:
    chain = Chain("somebody else", "signers")
    signer = CertificateSigner(identity=identity(), chain=chain)
    bundle = Scene().provenance(signer=signer)
    yield _case("foreign-authority", "of an authority with the same name", bundle, Code.CHAIN)

    chain = Authority().chain
    chain.usage = ExtendedKeyUsageOID.CLIENT_AUTH
    bundle = Scene().provenance(signer=CertificateSigner(identity=identity(), chain=chain))
    yield _case("not-for-code", "a certificate for another use", bundle, Code.LEAF)

    signer = CertificateSigner(identity=identity(), is_promised=False)
    bundle = Scene().provenance(signer=signer)
    yield _case("no-sct", "a certificate in no log of certificates", bundle, Code.SCT)

    scene = Scene()
    scene.authority.certificate_log = Authority(seed="somebody else").certificate_log
    yield _case("foreign-sct", "promised by an unknown log", scene.provenance(), Code.SCT)


def _key() -> Iterator[Case]:
    signer = KeySigner(key=curve_key("somebody else", "registry"))
    bundle = Scene().publication(signer=signer)
    yield _case("unknown-key", "by a key that the registry has not", bundle, Code.KEY)

    scene = Scene()
    bundle = scene.publication()
    keys = _ended_keys()
    yield Case(
        name="ended-key",
        about="by a key that had ended when it was logged",
        content=bundle,
        code=Code.KEY,
        keys=keys,
    )


def _ended_keys() -> Json:
    keys = default_keys()
    for key in keys["keys"]:
        key["publicKey"]["validFor"]["end"] = "2026-06-30T00:00:00Z"
    return keys


def _content() -> Iterator[Case]:
    bundle = Scene().provenance()
    altered = Scene().statement(sha512="00" * 64)
    bundle["dsseEnvelope"]["payload"] = text64(altered)
    yield _case("altered", "the statement was changed after it was signed", bundle, Code.SIGNATURE)

    bundle = Scene().publication()
    signature = bundle["dsseEnvelope"]["signatures"][0]
    signature["sig"] = _flipped(signature["sig"])
    yield _case("altered-signature", "the signature was changed", bundle, Code.SIGNATURE)

    scene = Scene()
    bundle, second = scene.provenance(), scene.provenance(signer=_same_run())
    bundle["verificationMaterial"]["tlogEntries"] = second["verificationMaterial"]["tlogEntries"]
    yield _case("another-entry", "the entry is another signature's", bundle, Code.BODY)

    yield Case(
        name="another-file",
        about="the signature is over another file",
        content=Scene().message(b"hello, launch pad\n"),
        artifact=b"hello, crater\n",
        code=Code.ARTIFACT,
    )
