"""What is refused at the start is refused before anything is made."""

from __future__ import annotations

import subprocess
import sys

import pytest

from imprint.refusals import Malformed
from imprint.server.opening import Planned
from imprint.server.start import build_app
from imprint.settings import Settings

URL = "http://127.0.0.1:4873"
UPSTREAM = "https://registry.example.test"
POLICY = 'version = 1\npreset = "no-downgrade"\n'


def refused(folder, **settings):
    data = folder / "data"
    with pytest.raises(Malformed) as caught:
        build_app(Settings(data=str(data), **settings), public_url=URL)
    assert not data.exists(), sorted(data.rglob("*"))
    return caught.value.code


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"upstream": "ftp://registry.example.test"}, "upstream-address"),
        ({"upstream": "registry.example.test"}, "upstream-address"),
        ({"upstream": URL}, "upstream-address"),
        ({"upstreams": ("acme=https://registry.example.test",)}, "upstream-address"),
        ({"upstreams": ("@acme/x=https://registry.example.test",)}, "upstream-address"),
        ({"upstream": UPSTREAM, "upstream_npmrc": "/nowhere/npmrc"}, "upstream-npmrc"),
        ({"upstream": UPSTREAM, "gate_names": ("widget=ours",)}, "gate-names"),
        ({"upstream": UPSTREAM, "gate_clients": ("nobody",)}, "gate-clients"),
        ({"upstream": UPSTREAM, "own_scopes": ("acme widgets",)}, "gate-names"),
        ({"upstream": UPSTREAM, "gate_undecided": "perhaps"}, "setting-value"),
        ({"upstream": UPSTREAM, "policy": "/nowhere/imprint.toml"}, "policy-file"),
        ({"policy": "imprint.toml"}, "policy-without-upstream"),
        ({"blobs": "zz://bucket"}, "blobs-address"),
        ({"advisories": "/nowhere/all.zip"}, "no-such-file"),
        ({"database": "mysql://host/name"}, "database-address"),
        ({"signer": "sign this"}, "signer-address"),
        ({"provenance_visibilities": ("secret",)}, "setting-value"),
        ({"transparency_log": "log"}, "setting-value"),
    ],
    ids=str,
)
def test_a_setting_that_cannot_be_leaves_no_database_key_or_folder(tmp_path, settings, code):
    assert refused(tmp_path, **settings) == code


def test_a_policy_that_cannot_be_leaves_nothing_either(tmp_path):
    file = tmp_path / "imprint.toml"
    file.write_text(POLICY + 'cooldown = "soon"\n')

    assert refused(tmp_path, upstream=UPSTREAM, policy=str(file)) == "policy-value"


def test_a_trust_folder_that_cannot_be_read_is_refused_before_a_database_is_made(tmp_path):
    trust = tmp_path / "trust"
    trust.mkdir()
    (trust / "domains.json").write_text("{")

    assert refused(tmp_path, trust=str(trust)) == "trust-file"


def test_a_secret_key_that_is_none_is_refused_before_a_database_is_made(tmp_path):
    key = tmp_path / "secret.key"
    key.write_bytes(b"short")

    with pytest.raises(Malformed) as caught:
        build_app(Settings(data=str(tmp_path)), public_url=URL)

    assert caught.value.code == "secret-key"
    assert list(tmp_path.iterdir()) == [key]


def test_settings_that_can_be_make_nothing_by_being_read(tmp_path):
    planned = Planned.of(Settings(data=str(tmp_path / "data")), public_url=f"{URL}/")

    assert planned.public_url == URL
    assert "npm:127.0.0.1:4873" in planned.audiences
    assert list(tmp_path.iterdir()) == []


def test_the_command_refuses_in_one_line_and_leaves_nothing(tmp_path):
    data = tmp_path / "data"
    command = [sys.executable, "-m", "imprint", "serve", "--data", str(data)]

    ran = subprocess.run(
        [*command, "--listen", "127.0.0.1:0", "--upstream", "http://registry.example.test"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == (
        "error: the upstream `http://registry.example.test` is not reached by https,"
        " http is for loopback alone\n"
    )
    assert not data.exists()
