"""Finding the clone of a repository below a folder."""

import pytest

from imprint.attestations.repositories import normalise_address
from imprint.refusals import Malformed
from imprint.upstream.clones import Clones
from tests.support.clones import made_repository


def found(folder, text="https://github.com/acme/widget"):
    address = normalise_address(text)
    assert address is not None
    clone = Clones(folder).find(address)
    return None if clone is None else clone.folder


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/Acme/widget.git",
        "git@github.com:acme/widget.git",
        "ssh://git@github.com/acme/widget",
    ],
)
def test_a_remote_says_whose_clone_it_is(tmp_path, url):
    made = made_repository(tmp_path / "anything", origin=url)

    assert found(tmp_path) == made.folder


@pytest.mark.parametrize("place", ["acme/widget", "Acme/Widget", "acme/widget.git"])
def test_without_a_remote_the_place_does(tmp_path, place):
    made = made_repository(tmp_path / place)

    assert found(tmp_path) == made.folder


def test_a_bare_one_counts_too(tmp_path):
    origin = made_repository(tmp_path / "origin" / "one")
    origin.clone(tmp_path / "clones" / "acme" / "widget.git", "--mirror")

    assert found(tmp_path / "clones") == tmp_path / "clones" / "acme" / "widget.git"


def test_a_remote_that_names_another_goes_before_the_place(tmp_path):
    made_repository(tmp_path / "acme" / "widget", origin="https://github.com/other/thing")

    assert found(tmp_path) is None


def test_the_same_name_at_another_forge_is_another(tmp_path):
    made_repository(tmp_path / "one", origin="https://gitlab.com/acme/widget")

    assert found(tmp_path) is None
    assert found(tmp_path, "https://gitlab.com/acme/widget") == tmp_path / "one"


def test_the_folder_itself_may_be_one(tmp_path):
    made = made_repository(tmp_path / "one", origin="https://github.com/acme/widget")

    assert found(made.folder) == made.folder


def test_links_and_hidden_folders_are_not_followed(tmp_path):
    outside = made_repository(tmp_path / "out" / "one", origin="https://github.com/acme/widget")
    inside = tmp_path / "in"
    inside.mkdir()
    (inside / "link").symlink_to(outside.folder)
    made_repository(inside / ".hidden", origin="https://github.com/acme/widget")

    assert found(inside) is None


def test_a_folder_that_is_none_is_malformed(tmp_path):
    with pytest.raises(Malformed) as raised:
        found(tmp_path / "nowhere")

    assert raised.value.code == "not-a-folder"


def test_an_empty_folder_has_none(tmp_path):
    assert found(tmp_path) is None
