import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.workflows.github.model import DockerUse, LocalUse, RemoteUse, UnknownUse
from imprint.workflows.github.uses import read_use
from imprint.workflows.yaml.composing import compose

SHA = "0123456789abcdef0123456789abcdef01234567"


def use_of(line):
    source = f"uses: {line}\n"
    return read_use(compose(source, path="a.yml").root.get("uses").text, source)


def test_a_remote_action_is_owner_repository_path_and_ref():
    use = use_of("Actions/Cache/restore@v4.2.0")

    assert isinstance(use, RemoteUse)
    assert (use.owner, use.repository, use.path, use.ref) == (
        "Actions",
        "Cache",
        "restore",
        "v4.2.0",
    )
    assert use.name == "actions/cache/restore"


@pytest.mark.parametrize(
    ("comment", "version"),
    [
        ("# v4.1.7", "v4.1.7"),
        ("  # 4.1.7 (2024)", "4.1.7"),
        ("# tag=v3", "v3"),
        ("# pin@v3", "v3"),
        ("# ratchet:actions/checkout@v4", "v4"),
        ("# release/v1", "v1"),
        ("# main", None),
        ("# zizmor: ignore[x]", None),
        ("", None),
    ],
)
def test_a_comment_may_say_which_version_a_commit_is(comment, version):
    assert use_of(f"actions/checkout@{SHA} {comment}").version_comment == version


def test_a_comment_of_the_next_line_is_not_its_own():
    source = f"uses: 'a/b@{SHA}'\n# v1\n"

    use = read_use(compose(source, path="a.yml").root.get("uses").text, source)

    assert use.version_comment is None


@pytest.mark.parametrize(
    ("text", "path", "self_repository"),
    [
        ("./.github/actions/setup", ".github/actions/setup", False),
        ("./.github/actions/setup/", ".github/actions/setup", False),
        ("$/.github/workflows/a.yml", ".github/workflows/a.yml", True),
        ("./", "", False),
        (".", "", False),
    ],
)
def test_a_local_use_is_a_path(text, path, self_repository):
    use = use_of(text)

    assert isinstance(use, LocalUse)
    assert (use.path, use.self_repository) == (path, self_repository)


def test_an_image_is_a_use_too():
    use = use_of("docker://ghcr.example.test/a/b:1")

    assert isinstance(use, DockerUse)
    assert use.image == "ghcr.example.test/a/b:1"


@pytest.mark.parametrize("text", ["a/b", "checkout@v4", "a/b@${{ inputs.ref }}", "a/b@v1 x"])
def test_anything_else_is_unknown(text):
    assert isinstance(use_of(text), UnknownUse)


@given(text=st.text("ab/.@$: ", max_size=20))
def test_any_text_is_some_use(text):
    value = "'" + text + "'"

    assert use_of(value).text.value == text
