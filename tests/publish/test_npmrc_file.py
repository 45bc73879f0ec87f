"""A token's line in an .npmrc file."""

from __future__ import annotations

import stat

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imprint.npm.npmrc import auth_token, parse_npmrc
from imprint.publish.npmrc_file import remove_token, write_token
from imprint.publishers.credentials import Secret
from imprint.refusals import Malformed, Unavailable

URL = "https://registry.example.test/npm/"
KEY = "//registry.example.test/npm/:_authToken"


@pytest.fixture
def npmrc(tmp_path):
    return tmp_path / "home" / ".npmrc"


def test_a_file_is_made_for_its_owner_alone(npmrc):
    write_token(npmrc, registry=URL, token=Secret("imp_p_x"))

    assert npmrc.read_text() == f"{KEY}=imp_p_x\n"
    assert stat.S_IMODE(npmrc.stat().st_mode) == 0o600
    assert [path.name for path in npmrc.parent.iterdir()] == [".npmrc"]


def test_what_else_is_in_the_file_stays(npmrc):
    npmrc.parent.mkdir()
    npmrc.write_text(f"; mine\nfund=false\n{KEY} = ${{NODE_AUTH_TOKEN}}\nregistry={URL}")

    write_token(npmrc, registry=URL, token=Secret("second"))

    assert npmrc.read_text() == f"; mine\nfund=false\nregistry={URL}\n{KEY}=second\n"


def test_a_link_is_followed(npmrc, tmp_path):
    npmrc.parent.mkdir()
    (tmp_path / "real").write_text("fund=false\n")
    npmrc.symlink_to(tmp_path / "real")

    write_token(npmrc, registry=URL, token=Secret("a"))

    assert npmrc.is_symlink()
    assert (tmp_path / "real").read_text() == f"fund=false\n{KEY}=a\n"


def test_a_token_is_taken_out_again(npmrc):
    write_token(npmrc, registry=URL, token=Secret("a"))

    assert remove_token(npmrc, registry=URL)
    assert npmrc.read_text() == ""
    assert not remove_token(npmrc, registry=URL)


def test_nothing_is_made_to_take_something_out(npmrc):
    assert not remove_token(npmrc, registry=URL)
    assert not npmrc.exists()


@pytest.mark.parametrize("token", ["a b", "a\nregistry=x", "${HOME}", "", "a;b", "#"])
def test_a_token_that_would_be_read_as_something_else_is_refused(npmrc, token):
    with pytest.raises(Malformed):
        write_token(npmrc, registry=URL, token=Secret(token))


def test_a_folder_that_cannot_be_written_is_unavailable(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(Unavailable):
        write_token(tmp_path / "file" / ".npmrc", registry=URL, token=Secret("a"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.from_regex(r"[A-Za-z0-9._~+/=-]+", fullmatch=True))
def test_npm_reads_what_was_written(npmrc, token):
    write_token(npmrc, registry=URL, token=Secret(token))

    layer = parse_npmrc(npmrc.read_text(), origin="here", environment={})
    found = auth_token([layer], URL)
    assert found is not None
    assert found.token == token
