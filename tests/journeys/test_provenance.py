"""Provenance from the clients' own signing to their own audit, offline, against the stand-in.

Every client publishes once; what npm and imprint think of a version is asked side by side.
"""

import base64
import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from imprint.attestations.domains import AllowedIssuer, Thresholds, TrustDomain
from imprint.attestations.proof import CertificateProof, Level
from imprint.attestations.reading.bundles import parse_bundle
from imprint.attestations.reading.trusted_roots import read_trusted_root
from imprint.attestations.verify import verify_bundle
from imprint.demo.runs import COMMIT, GitHubRun, GitLabJob
from imprint.identity.workload import Provider
from imprint.npm.integrity import Digests
from tests.authority import documents
from tests.authority.bundles import CertificateSigner, bundle_of
from tests.authority.identities import identity_of
from tests.authority.log import canonical
from tests.authority.statements import github_predicate
from tests.support import ci
from tests.support.claims import generic_claims
from tests.support.instances import running_authority, signing_registry
from tests.support.meddling import meddling
from tests.support.tarballs import tarball
from tests.support.workbench import Ran, Workbench

REPOSITORY = {"type": "git", "url": "git+https://forge.example.test/acme/widget.git"}
OLD = "application/vnd.dev.sigstore.bundle+json;version=0.2"
NEW = "application/vnd.dev.sigstore.bundle.v0.3+json"
VERSION = "1.0.0"


@dataclass(frozen=True, kw_only=True)
class Release:
    """A version that a client published with provenance, and where it did."""

    name: str
    bench: Workbench
    variables: dict[str, str]
    """What leads clients to the stand-in."""
    ran: Ran

    @property
    def key(self) -> str:
        """`name@version`."""
        return f"{self.name}@{VERSION}"

    def installed(self, client: str) -> Path:
        """A folder that has it installed."""
        folder = self.bench.folder / f"installed-by-{client}"
        if not folder.exists():
            self.bench.application({self.name: VERSION}, name=folder.name)
            ran = self.bench.run(client, "install", folder=folder)
            assert ran.code == 0, ran.text
        return folder


@pytest.fixture(scope="module")
def face(issuer):
    with running_authority(issuer) as running:
        yield running


@pytest.fixture(scope="module")
def registry(tmp_path_factory, issuer, face):
    folder = tmp_path_factory.mktemp("signing")
    with signing_registry(folder, issuer=issuer, face=face) as running:
        yield running


@pytest.fixture(scope="module")
def releases(tmp_path_factory, registry, issuer, face):
    """A release by each client, made when it is first asked for."""
    owner, made = registry.person("owner"), {}

    def released(client):
        if client not in made:
            made[client] = release(client, tmp_path_factory.mktemp(client))
        return made[client]

    def release(client, folder):
        bench = Workbench(folder / "bench", registry_url=registry.url)
        face.seed_cache(bench.home / "cache")
        name = f"@acme/by-{client}"
        registry.seed(name, by=owner)
        registry.trust(name)
        where = bench.package(name, repository=REPOSITORY, publishConfig={"access": "public"})
        variables = face.variables(bench.home)
        job = {**ci.github(issuer), **variables}
        if client == "npm10":
            # It knows no trusted publishing: imprint exchanges for it.
            given = bench.imprint("exchange", name, "--write-npmrc", folder=where, ci=job)
            assert given.code == 0, given.text
        ran = bench.publish(client, "--provenance", folder=where, ci=job)
        assert ran.code == 0, ran.text
        return Release(name=name, bench=bench, variables=variables, ran=ran)

    return released


@pytest.fixture
def meddler():
    with meddling() as running:
        yield running


@pytest.fixture
def judged(registry, releases, meddler):
    """What npm and imprint each think of one release, with the meddler between."""
    release = releases("npm11")
    folder = release.installed("npm11")

    def judge():
        between = {**release.variables, **meddler.variables()}
        npm = release.bench.run("npm11", "audit", "signatures", folder=folder, ci=between)
        ours = release.bench.imprint(
            *("verify", release.key, "--no-cache", f"--data={registry.folder}", "--format=json"),
            folder=folder,
            ci=between,
        )
        return npm, ours

    return judge


def gitlab_job(issuer):
    """A job of GitLab with both of its ID tokens, and what npm's provenance is made of there."""
    job = GitLabJob()
    project = f"https://{issuer.gitlab.partition('//')[2]}/{job.project}"
    return {
        **ci.gitlab(issuer, job=job),
        "SIGSTORE_ID_TOKEN": issuer.gitlab_token(job, audience="sigstore"),
        "CI_COMMIT_REF_NAME": "v1.0.0",
        "CI_COMMIT_SHA": COMMIT,
        "CI_JOB_NAME": "release",
        "CI_JOB_URL": f"{project}/-/jobs/7446098166",
        "CI_PIPELINE_SOURCE": job.source,
        "CI_PROJECT_ID": job.project_id,
        "CI_PROJECT_NAMESPACE_ID": job.namespace_id,
        "CI_PROJECT_URL": project,
        "CI_RUNNER_ID": "12270852",
    }


def document_of(registry, release):
    path = f"/-/npm/v1/attestations/{release.key.replace('/', '%2f')}"
    return registry.http("GET", path).json


def resigned(document, face, ending, signer, **changes):
    """The document with the statement of one type, `changes` in it, signed by somebody else."""

    def again(item):
        if ending not in item["predicateType"]:
            return item
        statement = json.loads(base64.b64decode(item["bundle"]["dsseEnvelope"]["payload"]))
        payload = json.dumps({**statement, **changes}).encode()
        bundle = bundle_of(face.authority, payload, signer, now=face.clock())
        return {**item, "bundle": bundle}

    return {"attestations": [again(item) for item in document["attestations"]]}


def without(document, ending):
    """The document without the attestations of one type."""
    listed = document["attestations"]
    return {"attestations": [item for item in listed if ending not in item["predicateType"]]}


def a_person():
    """Somebody with a mail address: the stand-in would sign for anybody who has one."""
    claims = generic_claims(email="wile@evil.example.test")
    return CertificateSigner(identity=identity_of(claims, Provider.GENERIC))


def another_run(issuer):
    """A run of the same CI, in a repository of somebody else."""
    run = GitHubRun(repository="evil/widget", repository_id="666", owner_id="13")
    claims = {"iss": issuer.github, **run.claims()}
    return CertificateSigner(identity=identity_of(claims, Provider.GITHUB))


def domain_of(face, issuer):
    return TrustDomain(
        name="private",
        root=read_trusted_root(canonical(documents.trusted_root(face.authority))),
        thresholds=Thresholds(),
        issuers=(AllowedIssuer(url=issuer.github, provider=Provider.GITHUB),),
        digest="",
    )


def reasons(ran):
    """Every code that speaks against a version."""
    found = json.loads(ran.stdout)
    stated = [found, found["signature"], *found["attestations"], *found["findings"]]
    return {item["code"] for item in stated if item.get("code")}


@pytest.mark.parametrize(
    ("client", "media_type", "kind"),
    [
        ("npm10", OLD, ("intoto", "0.0.2")),
        ("npm11", NEW, ("dsse", "0.0.1")),
        ("npm12", NEW, ("dsse", "0.0.1")),
        ("pnpm11", NEW, ("dsse", "0.0.1")),
        ("yarn4", NEW, ("dsse", "0.0.1")),
    ],
)
def test_a_client_signs_and_its_bundle_is_believed(
    client, media_type, kind, registry, issuer, releases, face
):
    release = releases(client)

    found = document_of(registry, release)["attestations"]

    bundle = next(item["bundle"] for item in found if "slsa" in item["predicateType"])
    stated = bundle["verificationMaterial"]["tlogEntries"][0]["kindVersion"]
    assert (bundle["mediaType"], stated["kind"], stated["version"]) == (media_type, *kind)
    proof = verify_bundle(
        parse_bundle(canonical(bundle)),
        domain=domain_of(face, issuer),
        keys=None,
        now=face.clock(),
    )
    assert isinstance(proof, CertificateProof), proof
    assert (proof.level, proof.workload.repository_id) == (Level.FULL, "901")


def test_a_job_of_gitlab_signs_and_imprint_says_which(tmp_path, registry, issuer, face):
    name = "@acme/by-gitlab"
    registry.seed(name, by=registry.person("gitlab-owner"))
    registry.trust(name, provider=Provider.GITLAB)
    bench = Workbench(tmp_path / "bench", registry_url=registry.url)
    job = {**gitlab_job(issuer), **face.variables(bench.home)}
    folder = bench.package(name, repository=job["CI_PROJECT_URL"])

    ran = bench.run("npm12", "publish", "--provenance", "--access=public", folder=folder, ci=job)

    assert ran.code == 0, ran.text
    ours = bench.imprint(
        *("verify", f"{name}@{VERSION}", f"--data={registry.folder}", "--format=json"),
        folder=folder,
    )
    found = json.loads(ours.stdout)
    assert (ours.code, found["identity"]["provider"]) == (0, "gitlab"), ours.text
    assert found["identity"]["repository_id"] == "1234"


@pytest.mark.parametrize("client", ["npm10", "npm11", "npm12"])
def test_npm_audits_the_signature_and_the_attestations(client, releases):
    release = releases(client)
    folder = release.installed(client)

    ran = release.bench.run(client, "audit", "signatures", folder=folder, ci=release.variables)

    assert ran.code == 0, ran.text
    assert "1 package has a verified registry signature" in ran.text
    assert "1 package has a verified attestation" in ran.text


@pytest.mark.parametrize("client", ["pnpm11", "pnpm12"])
def test_pnpm_audits_the_signature(client, releases):
    release = releases("npm12")
    folder = release.installed(client)

    ran = release.bench.run(client, "audit", "signatures", folder=folder)

    assert ran.code == 0, ran.text
    assert "1 package has a verified registry signature" in ran.text


def test_both_believe_what_nobody_changed(judged):
    npm, ours = judged()

    assert (npm.code, ours.code) == (0, 0), npm.text + ours.text
    assert "1 package has a verified attestation" in npm.text
    assert reasons(ours) == set()


def assert_refused_by_imprint_alone(judged, *codes):
    npm, ours = judged()

    assert npm.code == 0, npm.text
    assert "1 package has a verified registry signature" in npm.text
    assert "1 package has a verified attestation" in npm.text
    assert (ours.code, reasons(ours)) == (1, set(codes))


def test_a_tarball_with_other_bytes_is_refused_and_npm_does_not_look(judged, meddler, releases):
    name = releases("npm11").name
    meddler.changes[".tgz"] = lambda _: tarball(name, VERSION, files={"package/evil.js": b"0"})

    assert_refused_by_imprint_alone(judged, "SUBJECT", "integrity-differs")


def test_a_tarball_with_other_bytes_and_their_integrity_is_refused_by_both(
    judged, meddler, releases
):
    name = releases("npm11").name
    other = tarball(name, VERSION, files={"package/evil.js": b"0"})

    def claim(packument):
        packument["versions"][VERSION]["dist"]["integrity"] = Digests.of(other).integrity
        return packument

    meddler.changes[".tgz"] = lambda _: other
    meddler.change(name, claim)

    npm, ours = judged()

    assert npm.code == 1
    assert "1 package has an invalid registry signature" in npm.text
    assert (ours.code, reasons(ours)) == (1, {"SUBJECT", "SIGNATURE"})


@pytest.mark.parametrize("ending", ["slsa", "publish"])
def test_a_person_is_neither_a_run_nor_a_registry_and_npm_takes_anybody(
    ending, judged, meddler, releases, face
):
    meddler.change(releases("npm11").key, lambda found: resigned(found, face, ending, a_person()))

    code = {"slsa": "ISSUER", "publish": "PUBLISH_KEY"}[ending]
    assert_refused_by_imprint_alone(judged, code)


def test_a_run_of_another_repository_is_refused_and_npm_takes_any(
    judged, meddler, releases, face, issuer
):
    foreign = another_run(issuer)
    meddler.change(releases("npm11").key, lambda found: resigned(found, face, "slsa", foreign))

    assert_refused_by_imprint_alone(judged, "PREDICATE_CERT_MISMATCH")


def test_honest_provenance_of_another_repository_is_refused_and_npm_takes_any(
    judged, meddler, releases, face, issuer
):
    foreign = another_run(issuer)
    own = github_predicate(foreign.identity.extensions)
    meddler.change(
        releases("npm11").key, lambda found: resigned(found, face, "slsa", foreign, predicate=own)
    )

    assert_refused_by_imprint_alone(judged, "repository-differs")


@pytest.mark.parametrize(
    ("ending", "code"), [("slsa", "MISSING_PROVENANCE"), ("publish", "MISSING_PUBLISH")]
)
def test_a_dropped_attestation_is_missed_and_npm_does_not_miss_it(
    ending, code, judged, meddler, releases
):
    meddler.change(releases("npm11").key, lambda found: without(found, ending))

    assert_refused_by_imprint_alone(judged, code)


def test_an_empty_list_is_nothing_and_npm_calls_it_verified(judged, meddler, releases):
    meddler.change(releases("npm11").key, lambda _: {"attestations": []})

    assert_refused_by_imprint_alone(judged, "EMPTY")
