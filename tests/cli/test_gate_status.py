"""`imprint gate status`, `try` and `why`: of a gate that runs, and of what one has left."""

from contextlib import closing
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from imprint.demo.issuer import StandInIssuer
from imprint.storage import gate_records
from imprint.storage.gate_records import DecisionRow
from tests.support.gate_histories import DOWNGRADED, YOUNG
from tests.support.gate_world import ENFORCING, gate_world

NOW = 1_800_000_000.0


@pytest.fixture(scope="module")
def gated(tmp_path_factory):
    with StandInIssuer() as issuer:
        folder = tmp_path_factory.mktemp("gate") / "data"
        with gate_world(folder, issuer=issuer) as found:
            for one in (DOWNGRADED, YOUNG):
                with pytest.raises(HTTPError):
                    urlopen(f"{found.url}/{one.name}/-/{one.name}-{one.bad}.tgz", timeout=30)
                urlopen(f"{found.url}/{one.name}", timeout=30).close()
            urlopen(f"{found.url}/harbor", timeout=30).close()
            yield found


@pytest.fixture(scope="module")
def token(gated):
    return gated.gate.person("boss", is_admin=True).token


@pytest.fixture
def asking(imprint, gated, token, tmp_path, monkeypatch):
    """Run a command in a folder whose .npmrc has the gate and the token."""
    key = gated.url.partition(":")[2]
    npmrc = tmp_path / ".npmrc"
    npmrc.write_text(f"registry={gated.url}/\n{key}/:_authToken={token}\n")
    monkeypatch.chdir(tmp_path)
    return imprint


@pytest.fixture
def left(tmp_path):
    """A data folder with what a gate told before it was stopped."""
    rows = [
        DecisionRow(
            at=NOW,
            name=name,
            version="1.0.0",
            integrity=None,
            verdict="refused",
            effect="withhold",
            codes=("malware",),
            sentence="",
            client="192.0.2.1 npm/11\x1b[2J",
            channel="tarball",
            policy_digest="ab",
        )
        for name in ("rope", "knot")
    ]
    with closing(gate_records.open_records(tmp_path / "data/gate/records.sqlite3")) as index:
        gate_records.tell(index, rows)
    return tmp_path / "data"


def test_a_running_gate_says_how_it_is(asking):
    ran = asking("gate", "status")

    assert ran.code == 0, ran.err
    assert "policy     enforce: no-downgrade (imprint.toml)" in ran.out
    assert "withheld now (2):" in ran.out
    lines = {line.split()[0]: line for line in ran.out.splitlines() if "@" in line}
    assert DOWNGRADED.code in lines[f"{DOWNGRADED.name}@{DOWNGRADED.bad}"]
    assert "until 2" in lines[f"{YOUNG.name}@{YOUNG.bad}"]


def test_a_program_gets_the_same(asking):
    found = asking("gate", "status", "--format", "json", "--name", YOUNG.name).json

    assert found["summary"]["withheld"] == 1
    assert [one["name"] for one in found["held"]] == [YOUNG.name]
    assert {one["channel"] for one in found["decisions"]} == {"tarball", "packument"}
    assert found["status"]["policy"]["not_loaded"] is None


def test_a_policy_is_tried(asking, tmp_path):
    (tmp_path / "stricter.toml").write_text(ENFORCING.replace("24h", "200d"))
    (tmp_path / "same.toml").write_text(ENFORCING)

    stricter = asking("gate", "try", "stricter.toml")
    same = asking("gate", "try", "same.toml", "--format", "json")

    assert stricter.code == 1
    assert "harbor@2.0.0  admitted -> refused  release-too-young" in stricter.out
    assert (same.code, same.json["changes"]) == (0, [])


def test_a_policy_that_is_none_is_not_tried(asking, tmp_path):
    (tmp_path / "none.toml").write_text("vresion = 1")

    ran = asking("gate", "try", "none.toml")
    missing = asking("gate", "try", "missing.toml")

    assert (ran.code, "vresion" in ran.err) == (1, True)
    assert (missing.code, "cannot be read" in missing.err) == (2, True)


def test_without_a_token_the_reason_is_said(imprint, gated, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    ran = imprint("gate", "status", "--gate", gated.url)

    assert ran.code == 1
    assert "the request has no token" in ran.err


def test_a_registry_that_is_no_gate_of_ours_is_told_from_one(imprint, gated):
    ran = imprint("gate", "status", "--gate", gated.upstream.url)

    assert ran.code == 3
    assert "does not answer as a gate of imprint does" in ran.err
    assert "hint: name the address of `imprint serve --upstream URL`" in ran.err


def test_what_is_left_of_a_gate_is_read_where_it_is(imprint, left):
    ran = imprint("gate", "status", "--data", str(left))
    one = imprint("gate", "status", "--data", str(left), "--name", "rope", "--format", "json")

    assert ran.code == 0
    assert ran.out.splitlines()[0] == "records    2 decisions, 0 clients"
    assert "rope@1.0.0  withhold  malware  tarball" in ran.out
    assert "\x1b" not in ran.out
    assert [each["name"] for each in one.json["decisions"]] == ["rope"]


def test_a_folder_without_a_gate_is_left_as_it_is(imprint, tmp_path):
    ran = imprint("gate", "status", "--data", str(tmp_path / "data"))

    assert ran.code == 2
    assert "no records of a gate" in ran.err
    assert not (tmp_path / "data").exists()


def test_two_ways_to_name_a_gate_are_one_too_many(imprint, tmp_path):
    ran = imprint("gate", "status", "--gate", "https://gate.example.test", "--data", str(tmp_path))

    assert ran.code == 2


def test_whoever_installs_is_told_why_a_version_is_withheld(imprint, gated):
    what = f"{DOWNGRADED.name}@{DOWNGRADED.bad}"

    ran = imprint("gate", "why", what, "--gate", gated.url)

    first, reason, *_ = ran.out.splitlines()
    assert (ran.code, first) == (1, f"{what}  withheld: refused")
    assert reason.startswith("  published with a token, by `wile`: ")
    assert f"`imprint explain {DOWNGRADED.code}`" in ran.out
    assert ran.out.endswith(f"{gated.url}/-/imprint/gate/packages/{DOWNGRADED.name}\n")


def test_of_a_package_all_that_is_withheld_is_told_and_until_when(imprint, gated):
    ran = imprint("gate", "why", YOUNG.name, "--gate", gated.url)

    assert ran.code == 1
    assert f"{YOUNG.name}@{YOUNG.bad}  withheld: refused, until 2" in ran.out


def test_of_what_is_served_it_is_said_that_it_is(imprint, gated):
    what = f"{DOWNGRADED.name}@{DOWNGRADED.good}"

    ran = imprint("gate", "why", what, "@dock/knot", "--gate", gated.url)

    assert (ran.code, ran.out) == (0, f"{what}  served\nnothing of it is withheld\n")


def test_what_nobody_can_judge_is_undecided(imprint, gated):
    ran = imprint("gate", "why", "no-such-package@1.0.0", "--gate", gated.url)

    assert (ran.code, ran.out.splitlines()[0]) == (
        3,
        "no-such-package@1.0.0  withheld: undecided",
    )


def test_a_program_is_told_why(imprint, gated):
    ran = imprint("gate", "why", f"{YOUNG.name}@{YOUNG.bad}", "--gate", gated.url, "--format=json")

    (one,) = ran.json["versions"]
    assert ran.json["summary"] == {"versions": 1, "withheld": 1}
    assert (one["effect"], one["reasons"][0]["code"]) == ("withhold", YOUNG.code)


@pytest.mark.parametrize("what", ["courier@^1.0.0", "courier@latest", "@dock@1.0.0", "Not A Name"])
def test_only_versions_and_names_have_reasons(imprint, gated, what):
    assert imprint("gate", "why", what, "--gate", gated.url).code == 2
