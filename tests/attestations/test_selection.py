"""Of several trust domains each judges the whole bundle; what none believes is refused."""

from imprint.attestations.codes import Code, Rejection
from imprint.attestations.domains import Thresholds
from imprint.attestations.proof import CertificateProof
from imprint.attestations.selection import select_domains, verify_in_domains
from tests.authority.bundles import STAMPED, CertificateSigner
from tests.authority.certificates import Chain
from tests.support.attested import IDENTITY, domain, read, stand_in, whole
from tests.support.claims import NOW

OURS = domain(name="ours")
ANOTHER = domain(stand_in("another"), name="another")
UNLOGGED = domain(
    name="unlogged", thresholds=Thresholds(log_entries=0, certificate_timestamps=0, times=1)
)


def judge(bundle, *domains):
    return verify_in_domains(read(bundle), domains=domains, keys=None, now=NOW + 30)


def test_the_domain_that_verified_is_named_wherever_it_stands():
    for domains in ((OURS, ANOTHER), (ANOTHER, OURS)):
        proof = judge(whole(), *domains)

        assert isinstance(proof, CertificateProof)
        assert proof.domain == "ours"


def test_only_domains_that_know_the_log_are_asked():
    assert select_domains(read(whole()), (ANOTHER, OURS)) == (OURS,)
    assert select_domains(read(whole(stand_in("third"))), (ANOTHER, OURS)) == (ANOTHER, OURS)


def test_a_bundle_that_is_logged_nowhere_is_for_domains_without_logs():
    bundle = whole(generation=STAMPED)

    proof = judge(bundle, OURS, UNLOGGED)

    assert select_domains(read(bundle), (OURS, UNLOGGED)) == (UNLOGGED,)
    assert isinstance(proof, CertificateProof)
    assert proof.domain == "unlogged"


def test_roots_are_never_merged():
    # The log is ours, the certificate the other's: each alone knows only one of them.
    bundle = whole(signer=CertificateSigner(identity=IDENTITY, chain=Chain("another", "signers")))

    verdict = judge(bundle, OURS, ANOTHER)

    assert isinstance(verdict, Rejection)
    assert verdict.code is Code.CHAIN


def test_the_rejection_is_that_of_the_domain_in_which_it_got_farthest():
    def end(root):
        root["tlogs"][0]["publicKey"]["validFor"]["end"] = "2026-02-01T00:00:00Z"

    bundle = whole(signer=CertificateSigner(identity=IDENTITY, is_promised=False))

    for domains in ((OURS, domain(edit=end)), (domain(edit=end), OURS)):
        assert judge(bundle, *domains).code is Code.SCT


def test_without_a_domain_nothing_is_believed():
    assert judge(whole()).code is Code.LOG
