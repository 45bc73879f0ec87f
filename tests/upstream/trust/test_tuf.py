"""Renewing through a real TUF repository, and what it refuses: served from a folder on loopback."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import Metadata, Root

from imprint.refusals import Malformed, Unavailable
from imprint.upstream.trust.tuf import check_root, fetch_targets
from tests.authority.keys import edwards_key
from tests.support.trust import (
    breaking_off,
    raw_keys,
    raw_root,
    serving,
    tuf_repository,
    write_repository,
)

TARGET = "trusted_root.json"
KEYS = "registry.example.test/keys.json"


@pytest.fixture
def repository():
    return tuf_repository({TARGET: raw_root(), KEYS: raw_keys()})


@pytest.fixture
def published(tmp_path, repository):
    """The folder that is served."""
    write_repository(repository, tmp_path / "published")
    return tmp_path / "published"


@pytest.fixture
def address(published):
    with serving(published) as address:
        yield address


@pytest.fixture
def fetch(tmp_path, address, repository):
    def fetched(*names, root=repository.root, **named):
        return fetch_targets(
            address, root=root, folder=tmp_path / "trust", names=names or (TARGET,), **named
        )

    return fetched


def refused(fetch, **named):
    with pytest.raises(Malformed) as caught:
        fetch(**named)
    assert caught.value.code == "trust-update-refused"
    return caught.value


def rotated_root(repository, *, signed_by=("stand-in",)):
    """A second root, with the same keys."""
    root = Metadata[Root].from_bytes(repository.root)
    root.signed.version = 2
    root.signatures.clear()
    for seed in signed_by:
        root.sign(CryptoSigner(edwards_key(seed, "tuf")), append=True)
    return root.to_bytes()


def test_targets_come_as_they_were_published(fetch):
    fetched = fetch(TARGET, KEYS)

    assert fetched.targets == {TARGET: raw_root(), KEYS: raw_keys()}


def test_a_target_that_is_not_there_is_missing(fetch):
    assert "other/keys.json" not in fetch(TARGET, "other/keys.json").targets


def test_the_newest_root_comes_along(fetch, published, repository):
    (published / "2.root.json").write_bytes(rotated_root(repository))

    assert json.loads(fetch().root)["signed"]["version"] == 2


def test_a_root_that_the_last_ones_keys_did_not_sign_is_refused(fetch, published, repository):
    (published / "2.root.json").write_bytes(rotated_root(repository, signed_by=("thief",)))

    assert "is not what its root has signed" in refused(fetch).message


def test_another_repositorys_root_is_refused(fetch):
    err = refused(fetch, root=tuf_repository(seed="another").root)

    assert "is not what its root has signed" in err.message
    assert "--root FILE" in err.hint


@pytest.mark.parametrize("name", ["timestamp.json", "1.snapshot.json", "1.targets.json"])
def test_tampered_metadata_is_refused(fetch, published, name):
    path = published / name
    metadata = json.loads(path.read_bytes())
    metadata["signed"]["expires"] = "2999-01-01T00:00:00Z"
    path.write_text(json.dumps(metadata))

    assert "is not what its root has signed" in refused(fetch).message


@pytest.mark.parametrize("name", ["timestamp.json", "1.targets.json"])
def test_metadata_that_is_none_is_refused(fetch, published, name):
    (published / name).write_bytes(b"<html>")

    refused(fetch)


def test_a_tampered_target_is_refused(fetch, published):
    (path,) = (published / "targets").glob(f"*.{TARGET}")
    path.write_bytes(path.read_bytes().replace(b"authority", b"Authority", 1))

    refused(fetch)


def test_metadata_that_was_not_renewed_is_out_of_date(fetch, published, repository):
    repository.publish({TARGET: raw_root()}, now=datetime.now(UTC) - timedelta(days=30))
    write_repository(repository, published)

    err = refused(fetch)

    assert "is out of date" in err.message
    assert "timestamp.json is expired" in err.message


def test_older_metadata_than_was_seen_is_refused(fetch, published, repository):
    before = dict(repository.files)
    repository.publish({TARGET: raw_root("another")}, now=datetime.now(UTC))
    write_repository(repository, published)
    fetch()
    repository.files = before
    write_repository(repository, published)

    refused(fetch)


def test_an_instance_that_was_set_up_anew_begins_with_its_new_root(fetch, published, repository):
    fetch()
    anew = tuf_repository(seed="anew")
    write_repository(anew, published)

    assert fetch(root=anew.root, is_new_root=True).targets == {TARGET: raw_root()}


def test_a_repository_that_is_not_there_is_unavailable(fetch, published):
    (published / "timestamp.json").unlink()

    with pytest.raises(Unavailable) as caught:
        fetch()

    assert caught.value.code == "trust-update-unavailable"
    assert "404" in caught.value.message


def test_a_connection_that_breaks_off_is_unavailable(tmp_path, repository):
    with breaking_off() as address, pytest.raises(Unavailable) as caught:
        fetch_targets(address, root=repository.root, folder=tmp_path, names=(TARGET,))

    assert caught.value.code == "trust-update-unavailable"


def test_a_port_where_nobody_listens_is_unavailable(tmp_path, repository):
    with pytest.raises(Unavailable, match="NewConnectionError"):
        fetch_targets("http://127.0.0.1:1", root=repository.root, folder=tmp_path, names=(TARGET,))


def test_an_address_that_is_not_safe_is_not_asked(tmp_path, repository):
    with pytest.raises(Malformed) as caught:
        fetch_targets(
            "http://tuf.example.test", root=repository.root, folder=tmp_path, names=(TARGET,)
        )

    assert caught.value.code == "trust-address"


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b"\xff", b'{"signed": {"_type": "root"}}'])
def test_a_root_that_is_none_is_refused(raw):
    with pytest.raises(Malformed) as caught:
        check_root(raw)

    assert caught.value.code == "malformed-tuf-root"


def test_metadata_of_another_role_is_no_root(repository):
    with pytest.raises(Malformed, match="another role"):
        check_root(repository.files["timestamp.json"])


def test_a_root_that_its_own_keys_did_not_sign_is_refused(repository):
    with pytest.raises(Malformed) as caught:
        check_root(rotated_root(repository, signed_by=("thief",)))

    assert caught.value.code == "malformed-tuf-root"
