"""npm's configuration, read where npm reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from imprint.publish.configuration import Surroundings, read_configuration
from imprint.refusals import Malformed


@pytest.fixture
def machine(tmp_path):
    """Writes .npmrc files of a machine, and reads its configuration."""
    return Machine(tmp_path)


class Machine:
    def __init__(self, root):
        self.project = root / "project"
        self.home = root / "home"
        self.prefix = root / "prefix"
        for folder in (self.project / "src", self.home, self.prefix / "etc"):
            folder.mkdir(parents=True)
        (self.project / "package.json").write_text("{}")
        self.environment = {"PATH": "", "npm_config_prefix": str(self.prefix)}

    def write(self, path: Path, *lines: str) -> None:
        path.write_text("\n".join(lines))

    def read(self, *, folder=None, registry=None, **environment):
        around = Surroundings(
            folder=folder or self.project,
            home=self.home,
            environment={**self.environment, **environment},
        )
        return read_configuration(around, registry=registry)


def test_the_layers_come_in_npms_order(machine):
    machine.write(machine.project / ".npmrc", "registry=https://project.example.test/")
    machine.write(machine.home / ".npmrc", "registry=https://user.example.test/")
    machine.write(machine.prefix / "etc" / "npmrc", "registry=https://global.example.test/")

    found = machine.read(npm_config_registry="https://environment.example.test/")

    assert [layer.values["registry"] for layer in found.layers] == [
        "https://environment.example.test/",
        "https://project.example.test/",
        "https://user.example.test/",
        "https://global.example.test/",
    ]
    assert found.registry_of(None).url == "https://environment.example.test/"


def test_the_project_is_the_nearest_folder_with_a_package(machine):
    machine.write(machine.project / ".npmrc", "registry=https://project.example.test/")

    found = machine.read(folder=machine.project / "src").registry_of(None)

    assert found.url == "https://project.example.test/"
    assert found.origin == str(machine.project / ".npmrc")


def test_a_users_file_may_be_elsewhere(machine):
    machine.write(machine.home / "other", "registry=https://other.example.test/")

    found = machine.read(npm_config_userconfig=str(machine.home / "other"))

    assert found.registry_of(None).url == "https://other.example.test/"


def test_a_scopes_own_registry_comes_first(machine):
    machine.write(
        machine.home / ".npmrc",
        "registry=https://general.example.test/",
        "@acme:registry=https://acme.example.test",
    )

    found = machine.read()

    assert found.registry_of("acme").url == "https://acme.example.test/"
    assert found.registry_of("other").url == "https://general.example.test/"


def test_a_registry_that_is_named_outright_comes_before_everything(machine):
    machine.write(machine.home / ".npmrc", "@acme:registry=https://acme.example.test/")

    found = machine.read(registry="https://named.example.test").registry_of("acme")

    assert (found.url, found.origin) == ("https://named.example.test/", "--registry")


@pytest.mark.parametrize("url", ["named.example.test", "ftp://x", "", "https://"])
def test_a_registry_that_is_named_outright_is_an_address(machine, url):
    with pytest.raises(Malformed) as caught:
        machine.read(registry=url).registry_of(None)

    assert caught.value.message == (f"the registry is `{url}`: it takes `https://…` or `http://…`")


def test_where_nothing_names_a_registry_the_ways_are_told(machine):
    with pytest.raises(Malformed) as caught:
        machine.read().registry_of("acme")

    assert caught.value.code == "no-registry"


def test_the_token_is_that_of_the_registry(machine):
    machine.write(
        machine.home / ".npmrc",
        "//one.example.test/:_authToken=first",
        "//two.example.test/:_authToken=${SECOND}",
    )

    found = machine.read(SECOND="second")

    first = found.token_for("https://one.example.test/")
    second = found.token_for("https://two.example.test/")
    assert first is not None
    assert second is not None
    assert (first.reveal(), second.reveal()) == ("first", "second")
    assert found.token_for("https://three.example.test/") is None


def test_a_variable_that_nobody_set_is_no_token(machine):
    machine.write(machine.home / ".npmrc", "//one.example.test/:_authToken=${NODE_AUTH_TOKEN}")

    assert machine.read().token_for("https://one.example.test/") is None


def test_a_folder_of_that_name_is_no_file(machine):
    (machine.home / ".npmrc").mkdir()

    assert len(machine.read().layers) == 1


def test_a_file_with_bytes_that_are_no_text_is_read_as_npm_would(machine):
    (machine.home / ".npmrc").write_bytes(b"\xff\xfe=\x00\nregistry=https://u.example.test/")

    assert machine.read().registry_of(None).url == "https://u.example.test/"


def test_no_layer_shows_a_secret(machine):
    machine.write(machine.home / ".npmrc", "//one.example.test/:_authToken=hush-hush")

    assert "hush-hush" not in repr(machine.read())
