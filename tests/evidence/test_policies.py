"""Loading a project's policy: where it is looked for, what it extends, and what lies beside it."""

import hashlib
import subprocess
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from imprint.evidence.policies import fetch_document, find_policy, load_policy
from imprint.policy.baseline import Known, write_baseline
from imprint.policy.pins import updated, write_pins
from imprint.refusals import Malformed, Unavailable
from imprint.storage.whole_files import write_whole
from tests.support.policies import DAY, NOW, subject

ORGANIZATION = "cooldown = '48h'\n"
ADDRESS = "https://policies.example.test/org.toml"


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def extending(address, text=ORGANIZATION):
    return f"extends = '{address}#sha256:{sha256(text)}'\n"


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def git(folder, *words):
    identity = ["-c", "user.name=alice", "-c", "user.email=alice@example.test"]
    subprocess.run(
        ["git", "-C", str(folder), *identity, *words], check=True, capture_output=True, timeout=60
    )


class TestWhere:
    def test_without_a_file_the_default_preset_decides(self, tmp_path):
        loaded = load_policy(tmp_path)

        assert (loaded.policy.preset, loaded.file, loaded.folder) == (
            "no-downgrade",
            None,
            tmp_path,
        )

    def test_the_nearest_file_up_to_the_repositorys_root_is_taken(self, tmp_path):
        write(tmp_path / "imprint.toml", "mode = 'warn'")
        root = tmp_path / "repository"
        (root / ".git").mkdir(parents=True)
        deep = root / "services" / "api"
        deep.mkdir(parents=True)

        assert find_policy(deep) is None
        write(root / "imprint.toml", "mode = 'warn'")
        assert find_policy(deep) == root / "imprint.toml"
        write(deep / "imprint.toml", "mode = 'warn'")
        assert find_policy(deep) == deep / "imprint.toml"

    def test_outside_of_a_repository_nothing_above_is_looked_at(self, tmp_path):
        write(tmp_path / "imprint.toml", "mode = 'warn'")
        (tmp_path / "project").mkdir()

        assert find_policy(tmp_path / "project") is None

    def test_a_named_file_wins_and_pins_stay_with_the_lockfile(self, tmp_path):
        write(tmp_path / "imprint.toml", "mode = 'warn'")
        named = write(tmp_path / "other" / "p.toml", "mode = 'observe'")

        loaded = load_policy(tmp_path, named=named)

        assert (loaded.policy.mode, loaded.folder) == ("observe", tmp_path)

    @pytest.mark.parametrize("content", [None, b"\xff", b"a" * 20_000_000])
    def test_a_file_that_cannot_be_read_is_malformed(self, tmp_path, content):
        named = tmp_path / "p.toml"
        if content is not None:
            named.write_bytes(content)

        with pytest.raises(Malformed) as caught:
            load_policy(tmp_path, named=named)

        assert caught.value.code in {"policy-file", "malformed-policy"}


def test_pins_and_baseline_lie_beside_it_and_count_in_the_digest(tmp_path):
    write(tmp_path / "imprint.toml", "")
    bare = load_policy(tmp_path)
    pins = updated({}, [subject()], now=NOW)
    write(tmp_path / "imprint.lock", write_pins(pins))
    row = Known(package="a@1", rule="auth-regressed", message="m", fingerprint="f" * 12)
    (tmp_path / "imprint-baseline.json").write_bytes(write_baseline([row], before=None))

    loaded = load_policy(tmp_path)

    assert (loaded.pins, loaded.baseline) == (pins, frozenset({"f" * 12}))
    assert loaded.digest != bare.digest
    assert loaded.words == bare.words


class TestExtends:
    def test_a_path_is_of_the_folder_of_the_policy(self, tmp_path):
        write(tmp_path / "org" / "org.toml", ORGANIZATION)
        write(tmp_path / "p" / "imprint.toml", extending("../org/org.toml"))

        loaded = load_policy(tmp_path / "p")

        assert loaded.policy.cooldown_seconds == 2 * DAY
        assert loaded.layers == ("../org/org.toml",)

    def test_a_digest_that_differs_is_refused_before_it_is_read(self, tmp_path):
        write(tmp_path / "org.toml", "no TOML")
        write(tmp_path / "imprint.toml", extending("org.toml"))

        with pytest.raises(Malformed) as caught:
            load_policy(tmp_path)

        assert caught.value.code == "policy-digest"
        assert f"sha256:{sha256('no TOML')}" in caught.value.message

    def test_a_git_revision_is_read_from_the_repository(self, tmp_path):
        git(tmp_path, "init", "-q")
        write(tmp_path / "org.toml", ORGANIZATION)
        git(tmp_path, "add", "org.toml")
        git(tmp_path, "commit", "-qm", "policy")
        git(tmp_path, "tag", "v1")
        write(tmp_path / "org.toml", "cooldown = '0'")
        write(tmp_path / "imprint.toml", extending("git:v1:org.toml"))

        assert load_policy(tmp_path).policy.cooldown_seconds == 2 * DAY

    @pytest.mark.parametrize("address", ["git:nope:org.toml", "missing.toml", "git:HEAD:nope.toml"])
    def test_what_cannot_be_had_decides_nothing(self, tmp_path, address):
        git(tmp_path, "init", "-q")
        git(tmp_path, "commit", "-qm", "empty", "--allow-empty")
        write(tmp_path / "imprint.toml", extending(address))

        with pytest.raises(Unavailable) as caught:
            load_policy(tmp_path)

        assert caught.value.code == "policy-unavailable"

    @pytest.mark.parametrize("address", ["ftp://x.example.test/a", "http://x.example.test/a"])
    def test_other_addresses_are_none(self, tmp_path, address):
        write(tmp_path / "imprint.toml", extending(address))

        with pytest.raises(Malformed) as caught:
            load_policy(tmp_path)

        assert caught.value.code == "policy-extends"

    def test_what_was_fetched_is_kept_by_its_digest_and_not_fetched_again(self, tmp_path):
        write(tmp_path / "imprint.toml", extending(ADDRESS))
        asked = []

        def fetch(address):
            asked.append(address)
            return ORGANIZATION.encode()

        first = load_policy(tmp_path, cache=tmp_path / "cache", fetch=fetch)
        offline = load_policy(tmp_path, cache=tmp_path / "cache", fetch=None)

        assert asked == [ADDRESS]
        assert first.policy == offline.policy

    def test_a_planted_cache_is_not_believed(self, tmp_path):
        write(tmp_path / "imprint.toml", extending(ADDRESS))
        write(tmp_path / "cache" / sha256(ORGANIZATION), "cooldown = '0'")

        with pytest.raises(Unavailable):
            load_policy(tmp_path, cache=tmp_path / "cache", fetch=None)

    def test_layers_have_layers_and_a_fetched_one_extends_no_path(self, tmp_path):
        top = "fresh = '60d'\n"
        middle = extending("top.toml", top) + ORGANIZATION
        write(tmp_path / "top.toml", top)
        write(tmp_path / "middle.toml", middle)
        write(tmp_path / "imprint.toml", extending("middle.toml", middle))

        assert load_policy(tmp_path).policy.fresh_seconds == 60 * DAY
        write(tmp_path / "imprint.toml", extending(ADDRESS, middle))
        with pytest.raises(Malformed) as caught:
            load_policy(tmp_path, fetch=lambda _: middle.encode())
        assert caught.value.code == "policy-extends"

    def test_there_are_not_more_than_eight(self, tmp_path):
        text = ""
        for number in range(10):
            write(tmp_path / f"{number}.toml", text)
            text = extending(f"{number}.toml", text)
        write(tmp_path / "imprint.toml", text)

        with pytest.raises(Malformed) as caught:
            load_policy(tmp_path)

        assert caught.value.code == "policy-extends"

    def test_several_stand_one_over_the_other(self, tmp_path):
        write(tmp_path / "a.toml", "cooldown = '48h'")
        write(tmp_path / "b.toml", "cooldown = '24h'")
        pair = [
            f"{name}#sha256:{sha256(text)}"
            for name, text in (("a.toml", "cooldown = '48h'"), ("b.toml", "cooldown = '24h'"))
        ]
        write(tmp_path / "imprint.toml", f"extends = {pair}")

        with pytest.raises(Malformed) as caught:
            load_policy(tmp_path)

        assert caught.value.code == "policy-loosens"


@contextmanager
def serving(status, body):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/org.toml"
        finally:
            server.shutdown()
            thread.join(timeout=20)


def test_a_document_is_fetched_or_unavailable():
    with serving(200, ORGANIZATION.encode()) as address:
        assert fetch_document(address) == ORGANIZATION.encode()
    with serving(404, b"") as address, pytest.raises(Unavailable) as caught:
        fetch_document(address)
    assert caught.value.code == "policy-unavailable"


class TestWritingWhole:
    def test_a_file_is_replaced_with_its_mode(self, tmp_path):
        path = write(tmp_path / "f", "old")
        path.chmod(0o640)

        write_whole(path, b"new")

        assert path.read_bytes() == b"new"
        assert path.stat().st_mode & 0o777 == 0o640
        assert list(tmp_path.iterdir()) == [path]

    def test_a_link_is_replaced_and_never_followed(self, tmp_path):
        target = write(tmp_path / "theirs", "theirs")
        (tmp_path / "f").symlink_to(target)

        write_whole(tmp_path / "f", b"ours")

        assert target.read_text() == "theirs"
        assert not (tmp_path / "f").is_symlink()

    def test_where_it_cannot_be_written_nothing_is_left(self, tmp_path):
        (tmp_path / "f").mkdir()

        with pytest.raises(OSError, match="f"):
            write_whole(tmp_path / "f", b"new")

        assert [path.name for path in tmp_path.iterdir()] == ["f"]
