"""Settings: file, then environment, then flags; each value says where it came from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.refusals import Malformed
from imprint.settings import Settings, load


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def loaded(folder, text="", *, environment=None, **flags):
    file = None
    if text:
        file = folder / "settings.toml"
        file.write_text(text)
    return load(file=file, environment=environment or {}, flags=flags)


def refused(folder, text="", **changes):
    with pytest.raises(Malformed) as caught:
        loaded(folder, text, **changes)
    return caught.value


def test_nothing_said_means_one_folder_on_loopback(folder):
    found = loaded(folder)

    assert found.settings == Settings()
    assert set(found.origins.values()) == {"default"}
    assert found.settings.database_url == "sqlite:///imprint-data/imprint.sqlite3"
    assert found.settings.blobs_address == "imprint-data/blobs"
    assert str(found.settings.secret_key_path) == "imprint-data/secret.key"


def test_the_file_beside_the_command_is_read(folder):
    (folder / "imprint-server.toml").write_text('data = "/srv/imprint"\n')

    found = loaded(folder)

    assert found.settings.data == "/srv/imprint"
    assert found.origins["data"] == "imprint-server.toml"


def test_environment_comes_before_the_file_and_flags_before_both(folder):
    text = 'data = "file"\nlisten = "file:1"\nthreads = 1\n'
    environment = {"IMPRINT_LISTEN": "environment:2", "IMPRINT_THREADS": "2"}

    found = loaded(folder, text, environment=environment, threads=3)

    assert (found.settings.data, found.settings.listen, found.settings.threads) == (
        "file",
        "environment:2",
        3,
    )
    assert found.origins["data"] == str(folder / "settings.toml")
    assert found.origins["listen"] == "IMPRINT_LISTEN"
    assert found.origins["threads"] == "--threads"


def test_a_flag_that_was_not_given_is_no_value(folder):
    assert loaded(folder, data=None).origins["data"] == "default"


@pytest.mark.parametrize(
    ("variable", "text", "value"),
    [
        ("threads", "16", 16),
        ("open_registration", "true", True),
        ("open_registration", "0", False),
        ("trusted_proxies", "10.0.0.1, 10.0.0.2,", ("10.0.0.1", "10.0.0.2")),
        ("public_url", "https://registry.example.test", "https://registry.example.test"),
    ],
)
def test_variables_have_the_type_of_their_setting(folder, variable, text, value):
    found = loaded(folder, environment={f"IMPRINT_{variable.upper()}": text})

    assert getattr(found.settings, variable) == value


def test_a_name_that_is_no_setting_is_refused(folder):
    error = refused(folder, "treads = 4\n")

    assert error.code == "unknown-setting"
    assert error.message == f"`{folder}/settings.toml` has `treads`, which is no setting"
    assert error.hint.startswith("settings are advertised_domains, advisories, ")


def test_a_value_of_another_type_is_refused_with_its_place(folder):
    error = refused(folder, 'threads = "four"\n')

    assert error.code == "setting-type"
    assert error.message == (
        f"`{folder}/settings.toml` has `threads = 'four'`: it takes a whole number, not below 0"
    )


def test_a_variable_of_another_type_is_refused_by_its_name(folder):
    error = refused(folder, environment={"IMPRINT_THREADS": "-4"})

    assert error.message == (
        "`IMPRINT_THREADS` is `-4`: `threads` takes a whole number, not below 0"
    )


def test_true_is_no_number(folder):
    assert refused(folder, "threads = true\n").code == "setting-type"


def test_a_file_that_is_not_there_is_refused_when_it_was_named(folder):
    with pytest.raises(Malformed) as caught:
        load(file=folder / "none.toml", environment={}, flags={})

    assert caught.value.message == f"cannot read `{folder}/none.toml`: No such file or directory"


def test_a_file_that_is_not_toml_is_refused(folder):
    assert refused(folder, "data = \n").code == "settings-file"


@given(st.dictionaries(st.sampled_from(["IMPRINT_THREADS", "IMPRINT_DATA"]), st.text()))
def test_no_environment_makes_anything_but_settings_or_a_refusal(environment):
    try:
        found = load(file=None, environment=environment, flags={})
    except Malformed:
        return
    assert isinstance(found.settings.threads, int)
