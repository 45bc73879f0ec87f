"""The stand-in's face: TUF as its own client reads it, the log's routes, and whom the proxy knows."""

import base64
import json
import ssl
import subprocess
import sys
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener, urlopen

import pytest
from tuf.ngclient import Updater

from imprint.attestations.reading.key_sets import read_key_set
from imprint.attestations.reading.trusted_roots import read_trusted_root
from imprint.upstream.trust.instance import read_instance
from tests.authority import documents
from tests.authority.authority import Authority
from tests.authority.bundles import KeySigner, envelope_of
from tests.authority.keys import pem, text64
from tests.authority.server import AuthorityServer

SIGNER = KeySigner()


@pytest.fixture(scope="module")
def face():
    with AuthorityServer(Authority()) as running:
        yield running


def get(url):
    with urlopen(url, timeout=10) as answer:
        return json.load(answer)


def updater(face, folder):
    return Updater(
        metadata_dir=str(folder),
        metadata_base_url=face.address,
        target_base_url=f"{face.address}/targets",
        target_dir=str(folder),
        bootstrap=face.tuf.root,
    )


def target(face, folder, path):
    client = updater(face, folder)
    return client, client.get_targetinfo(path)


def test_a_tuf_client_gets_the_trusted_root(face, tmp_path):
    client, info = target(face, tmp_path, "trusted_root.json")

    path = client.download_target(info)

    root = read_trusted_root(Path(path).read_bytes())
    assert len(root.signing_authorities) == len(root.timestamp_authorities) == 1
    assert len(root.logs) == 2


def test_a_registrys_keys_are_a_target_of_its_host(face, tmp_path):
    keys = documents.keys_of_registry(SIGNER.key.public_key())

    face.add_registry("127.0.0.1:4873", keys)

    client, info = target(face, tmp_path, "127.0.0.1:4873/keys.json")
    path = Path(client.download_target(info, str(tmp_path / "keys.json")))
    assert {key.key_id for key in read_key_set(path.read_bytes()).keys} == {SIGNER.hint}


def test_the_client_trust_config_is_an_instance_with_all_three_services(face):
    stated = documents.client_trust_config(face.authority, face.address)

    instance = read_instance(json.dumps(stated).encode(), now=face.clock())

    assert instance.signing is not None
    assert instance.signing.fulcio == face.address


def test_the_log_says_what_it_is_and_what_it_has(face):
    before = get(f"{face.address}/api/v1/log")["treeSize"]
    envelope = json.dumps(envelope_of(b'{"a": 1}', SIGNER.key))
    verifier = text64(pem(SIGNER.key.public_key()))
    content = {"envelope": envelope, "verifiers": [verifier]}
    proposal = {"apiVersion": "0.0.1", "kind": "dsse", "spec": {"proposedContent": content}}
    request = Request(
        f"{face.address}/api/v1/log/entries",
        data=json.dumps(proposal).encode(),
        headers={"content-type": "application/json"},
    )

    with urlopen(request, timeout=10) as answer:
        ((uuid, entry),) = json.load(answer).items()

    assert entry["logIndex"] == before
    by_name = get(f"{face.address}/api/v1/log/entries/{uuid}")
    by_index = get(f"{face.address}/api/v1/log/entries?logIndex={before}")
    assert by_name[uuid]["body"] == by_index[uuid]["body"] == entry["body"]
    assert json.loads(base64.b64decode(entry["body"]))["kind"] == "dsse"


@pytest.mark.parametrize("path", ["/", "/2.root.json", "/api/v1/log/entries/00", "/targets/x"])
def test_what_is_not_there_is_not_found(face, path):
    with pytest.raises(HTTPError) as caught:
        get(face.address + path)

    with caught.value as answer:
        assert answer.status == 404


def by_proxy(face, folder, url):
    face.variables(folder)
    context = ssl.create_default_context(cafile=str(folder / "tls_root.pem"))
    opener = build_opener(ProxyHandler({"https": face.address}), HTTPSHandler(context=context))
    with opener.open(url, timeout=10) as answer:
        return json.load(answer)


def test_the_proxy_is_the_public_instance_for_who_believes_its_root(face, tmp_path):
    found = by_proxy(face, tmp_path, "https://rekor.sigstore.dev/api/v1/log")

    assert found["treeSize"] == len(face.authority.log.entries)


def test_the_proxy_connects_to_nobody_else(face, tmp_path):
    with pytest.raises(OSError, match="403"):
        by_proxy(face, tmp_path, "https://elsewhere.example.test/")


def test_somebody_can_try_it_from_the_command_line(tmp_path):
    command = (sys.executable, "-m", "tests.authority", f"--folder={tmp_path}")
    with subprocess.Popen(
        [*command, "--issuer=github=https://ci.example.test"],
        cwd=Path(__file__).parent.parent.parent,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        said = [process.stdout.readline() for _ in range(5)]
        process.terminate()

    config = json.loads((tmp_path / "client_trust_config.json").read_text())
    address = config["signingConfig"]["caUrls"][0]["url"]
    assert said[0] == f"a stand-in for sigstore, for tests alone, is listening on {address}\n"
    assert f"export HTTPS_PROXY={address}\n" in said
    assert (tmp_path / "_tuf" / "tuf-repo-cdn.sigstore.dev" / "root.json").is_file()
