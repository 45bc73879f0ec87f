"""`imprint gate export` and `import`: between folders, beside a running gate, and what is refused."""

import json
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from tests.support.gate_tarballs import random_bytes, sri
from tests.support.server import Served
from tests.support.upstream_registry import upstream_registry

DATA = random_bytes(3000)


@pytest.fixture(scope="module")
def upstream():
    with upstream_registry() as running:
        for name in ("widget", "@acme/tool"):
            running.publish(name, "1.0.0", attested=False, signed=False)
            running.change(name, "1.0.0", integrity=sri(DATA))
            running.answers[f"/{name}/-/1.0.0.tgz"] = (200, DATA)
        yield running


@pytest.fixture(scope="module")
def first(upstream, tmp_path_factory):
    """The data folder of a gate that served both packages, and was stopped."""
    folder = tmp_path_factory.mktemp("first")
    with Served("--upstream", upstream.url, folder=folder) as served:
        for path in ("widget/-/widget-1.0.0.tgz", "@acme%2ftool", "-/npm/v1/keys"):
            urlopen(f"{served.url}/{path}", timeout=30).close()
    return folder


@pytest.fixture
def archive(imprint, first, tmp_path):
    path = tmp_path / "cache.tar"
    assert imprint("gate", "export", str(path), "--data", str(first)).code == 0
    return path


def taken(imprint, archive, data, *options):
    return imprint("gate", "import", str(archive), "--data", str(data), *options)


def test_an_export_says_what_is_in_it_and_by_what_it_is_known(imprint, first, upstream, tmp_path):
    ran = imprint("gate", "export", str(tmp_path / "a.tar"), "--data", str(first))
    again = imprint(
        "gate", "export", str(tmp_path / "b.tar"), "--data", str(first), "--format=json"
    )

    lines = dict(line.split(maxsplit=1) for line in ran.out.splitlines())
    assert lines["exported"] == "2 packuments, 1 tarballs, 0 attestations, keys of 1 upstreams"
    assert lines["upstream"] == upstream.url
    assert lines["sha256"] == again.json["sha256"]
    assert again.json["summary"]["packuments"] == 2
    assert (tmp_path / "a.tar").stat().st_mode & 0o077 == 0


def test_a_file_that_is_there_is_left_unless_it_is_to_be_replaced(imprint, first, archive):
    before = archive.read_bytes()
    archive.write_bytes(b"mine")

    ran = imprint("gate", "export", str(archive), "--data", str(first))
    left = archive.read_bytes()
    forced = imprint("gate", "export", str(archive), "--data", str(first), "--force")

    assert (ran.code, left) == (2, b"mine")
    assert (forced.code, archive.read_bytes()) == (0, before)


def test_a_gate_that_runs_has_it_at_once(imprint, upstream, archive, tmp_path):
    data = tmp_path / "second"
    upstream.behaviours["/widget"] = lambda handler: handler.send_error(500)
    try:
        with Served("--upstream", upstream.url, folder=data) as served:
            with pytest.raises(HTTPError) as before:
                urlopen(f"{served.url}/gadget", timeout=30)
            ran = taken(imprint, archive, data, "--upstream", upstream.url)
            with urlopen(f"{served.url}/widget", timeout=30) as answer:
                packument = json.load(answer)
            tarball = urlopen(f"{served.url}/widget/-/widget-1.0.0.tgz", timeout=30).read()
    finally:
        del upstream.behaviours["/widget"]

    assert (before.value.code, ran.code) == (404, 0)
    assert list(packument["versions"]) == ["1.0.0"]
    assert tarball == DATA


def test_names_of_ours_are_left_out_and_told(imprint, upstream, archive, tmp_path):
    (tmp_path / "server.toml").write_text('own_scopes = ["@acme"]\n')

    ran = taken(
        imprint,
        archive,
        tmp_path / "second",
        *("--upstream", upstream.url, "--config", str(tmp_path / "server.toml")),
    )

    assert ran.code == 0, ran.err
    assert "left out      @acme/tool: the name is ours" in ran.out
    assert "packuments    1 taken, 0 were here and as new" in ran.out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--upstream", "https://other.example.test"), "error: the archive is of the upstream "),
        ((), "error: the gate has no upstream of which anything could be taken"),
    ],
    ids=["another", "none"],
)
def test_an_archive_for_another_upstream_is_refused(imprint, archive, tmp_path, options, said):
    ran = taken(imprint, archive, tmp_path / "second", *options)

    assert ran.code == 2
    assert ran.err.startswith(said)
    assert not (tmp_path / "second").exists()


def test_an_archive_is_looked_through_without_taking_it(imprint, upstream, archive, tmp_path):
    ran = taken(imprint, archive, tmp_path / "second", "--upstream", upstream.url, "--check")

    assert ran.code == 0
    assert "checked  " in ran.out
    assert not (tmp_path / "second").exists()


def test_another_file_than_was_meant_is_refused(imprint, upstream, archive, tmp_path):
    options = ("--upstream", upstream.url, "--sha256", "0" * 64)

    ran = taken(imprint, archive, tmp_path / "second", *options)

    assert ran.code == 2
    assert f"expected `{'0' * 64}`" in ran.err
    assert not (tmp_path / "second").exists()


def test_a_folder_without_a_gate_has_nothing_to_export(imprint, tmp_path):
    ran = imprint("gate", "export", str(tmp_path / "cache.tar"), "--data", str(tmp_path / "none"))

    assert ran.code == 2
    assert "nothing is kept of any upstream" in ran.err
    assert not (tmp_path / "cache.tar").exists()
    assert not (tmp_path / "none").exists()
