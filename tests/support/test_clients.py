"""Every client of the table starts, and is the version the table says."""

import os
import subprocess

import pytest

from tests.support.clients import CLIENTS, Client, ClientMissingError, Clients, Program


@pytest.mark.journeys
@pytest.mark.parametrize("name", CLIENTS)
def test_a_client_says_its_version(name, tmp_path):
    client: Client = CLIENTS[name]

    answer = subprocess.run(
        [*client.argv, "--version"],
        cwd=tmp_path,
        env={"HOME": str(tmp_path), "PATH": os.defpath},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert client.version in answer.stdout.removeprefix("v").split()


def test_an_absent_client_says_how_to_install_it():
    clients = Clients({"npm9": Program(family="npm", version="9.0.0", path="npm9/bin/npm-cli.js")})

    with pytest.raises(ClientMissingError, match="run `make clients`"):
        clients["npm9"]
