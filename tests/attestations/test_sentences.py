"""Who signed, as people read it."""

from hypothesis import given
from hypothesis import strategies as st

from imprint.attestations.proof import CertificateProof, KeyProof
from imprint.attestations.sentences import describe_identity, describe_proof
from imprint.attestations.single import verify_single
from imprint.attestations.workloads import read_identity
from imprint.identity.workload import Workload
from tests.support.attested import REGISTRY, domain, read, registry_keys, stand_in, whole
from tests.support.certificates import (
    ISSUERS,
    certificate,
    circleci_extensions,
    github_extensions,
    legacy,
)
from tests.support.claims import COMMIT, NOW, circleci_claims, github_claims

AUTHORITY = stand_in()


def proved(**options):
    verdict = verify_single(
        read(whole(AUTHORITY, **options)),
        domains=(domain(AUTHORITY),),
        keys=registry_keys(),
        now=NOW + 60,
    )
    return verdict.proof


def proof_of(extensions):
    """The same proof, as if the certificate said something else."""
    signed = certificate(extensions)
    identity = read_identity(signed, ISSUERS)
    genuine = proved()
    assert isinstance(genuine, CertificateProof)
    return genuine._replace(certificate=signed, level=identity.level, workload=identity.workload)


def test_a_run_is_told_with_its_ids():
    assert describe_identity(proof_of(github_extensions(github_claims()))) == (
        (
            "built by `.github/workflows/release.yml` at `refs/tags/v1.2.0` of `acme/rocket` "
            "(repository id `901`, owner id `42`)"
        ),
        (
            "on a GitHub-hosted runner, started by `push`, in environment `npm`, from a repository "
            f"that was `public`, commit `{COMMIT}`"
        ),
        "run `https://forge.example.test/acme/rocket/actions/runs/17300200100/attempts/1`",
    )


def test_a_reusable_workflow_is_told_beside_the_one_that_called_it():
    claims = github_claims(
        job_workflow_ref="acme/shared/.github/workflows/npm.yml@refs/heads/main",
        runner_environment="self-hosted",
    )

    lines = describe_identity(proof_of(github_extensions(claims)))

    assert lines[1] == (
        "the job is that of the reusable workflow `.github/workflows/npm.yml` at "
        "`refs/heads/main` of `acme/shared`"
    )
    assert lines[2].startswith("on a self-hosted runner, ")


def test_names_alone_are_told_to_be_weak():
    assert describe_identity(proof_of(legacy(github_extensions(github_claims())))) == (
        "built by a workflow titled `Release` at `refs/tags/v1.2.0` of `acme/rocket`",
        f"started by `push`, commit `{COMMIT}`",
        "the certificate has names and no ids: whoever took over a name would look the same",
    )


def test_a_person_inside_the_job_is_told():
    lines = describe_identity(proof_of(circleci_extensions(circleci_claims(ssh_rerun=True))))

    assert "with a person's shell open inside the job" in lines[1]


def test_a_person_is_told_to_be_no_run():
    lines = describe_identity(proof_of({8: "https://login.example.test"}))

    assert lines == (
        (
            "signed by `dev@example.test` of `https://login.example.test`, "
            "which is no run of an allowed CI issuer"
        ),
    )


def test_a_registrys_key_is_told_with_its_time_and_domain():
    proof = proved(signer=REGISTRY)
    assert isinstance(proof, KeyProof)

    lines = describe_proof(proof)

    assert lines[0] == f"signed by the registry's key `{proof.key_id}`"
    assert lines[1].startswith("signed at `20")
    assert lines[1].endswith("trust domain `private`")
    assert "logged as entry" in lines[1]


def test_what_an_unknown_field_is_nobody_says():
    proof = proof_of(github_extensions(github_claims()))
    assert proof.workload is not None
    bare = Workload(provider=proof.workload.provider, issuer=proof.workload.issuer)

    lines = describe_identity(proof._replace(workload=bare))

    assert lines[0] == "built by a workflow titled `Release` of an unnamed repository"


@given(
    extensions=st.dictionaries(
        st.sampled_from([2, 4, 5, 6, 9, 11, 12, 14, 15, 16, 17, 18, 20, 21, 23]),
        st.text(max_size=30),
    )
)
def test_sentences_are_single_lines_of_printable_text(extensions):
    said = github_extensions(github_claims()) | extensions

    lines = describe_proof(proof_of(said))

    assert all(line.isprintable() and line.isascii() for line in lines)
