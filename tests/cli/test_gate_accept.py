"""`imprint gate accept`: a withheld version is let through, with a reason and an end."""

import tomllib
from datetime import UTC, datetime
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from imprint.demo.issuer import StandInIssuer
from tests.support.gate_histories import CHANGED, DOWNGRADED, SCRIPTED, YOUNG
from tests.support.gate_world import ENFORCING, gate_world
from tests.support.upstream_registry import upstream_registry


@pytest.fixture(scope="module")
def gated(tmp_path_factory):
    with StandInIssuer() as issuer:
        folder = tmp_path_factory.mktemp("gate") / "data"
        with gate_world(folder, issuer=issuer) as found:
            yield found


@pytest.fixture
def accept(imprint, gated):
    def ran(package, *options, policy=None):
        file = str(policy or gated.policy)
        words = ("--reason", "read by two of us", "--gate", gated.url, "--policy", file)
        return imprint("gate", "accept", package, *words, *options)

    return ran


def status_of(gated, package):
    name, _, version = package.rpartition("@")
    try:
        with urlopen(f"{gated.url}/{name}/-/{name}-{version}.tgz", timeout=30) as answer:
            return answer.status
    except HTTPError as err:
        err.close()
        return err.code


def bad(one):
    return f"{one.name}@{one.bad}"


def entries(gated):
    return tomllib.loads(gated.policy.read_text()).get("accept", [])


def test_a_version_is_served_from_then_on_for_all_that_was_against_it(accept, gated):
    before = status_of(gated, bad(DOWNGRADED))

    ran = accept(bad(DOWNGRADED), "--for", "3d", "--by", "boss")

    assert (before, ran.code, status_of(gated, bad(DOWNGRADED))) == (403, 0, 200), ran.err
    assert f"the gate serves {bad(DOWNGRADED)} now" in ran.out
    written = [one for one in entries(gated) if one["packages"] == [bad(DOWNGRADED)]]
    assert "auth-regressed" in {one["rule"] for one in written}
    assert {(one["reason"], one["by"]) for one in written} == {("read by two of us", "boss")}
    assert all(0 < (one["until"] - datetime.now(UTC).date()).days <= 4 for one in written)


def test_what_is_admitted_is_left_as_it_is(accept, gated):
    before = gated.policy.read_text()

    ran = accept("harbor@2.0.0")

    assert (ran.code, ran.out) == (0, "harbor@2.0.0 is admitted already: nothing was written\n")
    assert gated.policy.read_text() == before


def test_one_reason_alone_can_be_meant_and_what_is_left_is_told(accept, imprint, gated):
    judged = imprint("gate", "why", bad(SCRIPTED), "--gate", gated.url)

    ran = accept(bad(SCRIPTED), "--rule", SCRIPTED.code)

    assert judged.code == 1
    assert [one["rule"] for one in entries(gated) if one["packages"] == [bad(SCRIPTED)]] == [
        SCRIPTED.code
    ]
    assert (ran.code, status_of(gated, bad(SCRIPTED))) == (0, 200), ran.out


@pytest.mark.parametrize("rule", ["nothing-known", "malware"])
def test_what_is_no_reason_against_it_is_not_accepted(accept, gated, rule):
    before = gated.policy.read_text()

    ran = accept(bad(CHANGED), "--rule", rule)

    assert (ran.code, gated.policy.read_text()) == (2, before)
    assert f"`{rule}` is no reason against `{bad(CHANGED)}`" in ran.err
    assert CHANGED.code in ran.err


def test_it_does_not_last_longer_than_the_policy_allows(accept, gated):
    before = gated.policy.read_text()

    ran = accept(bad(YOUNG), "--for", "200d")

    assert (ran.code, gated.policy.read_text()) == (2, before)
    assert "90 are the most" in ran.err


def test_another_file_than_the_gates_changes_nothing_and_it_says_so(accept, gated, tmp_path):
    other = tmp_path / "other.toml"
    other.write_text(ENFORCING)

    ran = accept(bad(CHANGED), policy=other)

    assert ran.code == 3
    assert f"the gate still withholds {bad(CHANGED)}" in ran.out
    assert status_of(gated, bad(CHANGED)) == 403


@pytest.mark.parametrize("package", ["courier", "@acme/x", "courier@latest"])
def test_one_version_is_accepted_and_no_other(accept, package):
    ran = accept(package)

    assert ran.code == 2
    assert ran.err.startswith("error: ")


def test_without_a_policy_it_says_where_one_is_named(imprint, gated, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    ran = imprint("gate", "accept", bad(CHANGED), "--reason", "x", "--gate", gated.url)

    assert ran.code == 2
    assert "`--policy FILE`" in ran.err


def test_a_file_that_cannot_be_read_is_said(accept, tmp_path):
    ran = accept(bad(CHANGED), policy=tmp_path / "none.toml")

    assert ran.code == 2
    assert "no such file" in ran.err


def test_the_status_lists_what_was_let_through_and_what_was_stopped(
    imprint, gated, accept, tmp_path, monkeypatch
):
    digest = "sha512-" + "A" * 86 + "=="
    stopped = f"\n[[quarantine]]\nintegrity = '{digest}'\nrefuse = true\nreason = 'it steals'\n"
    gated.policy.write_text(gated.policy.read_text() + stopped)
    assert accept(bad(CHANGED), "--by", "boss").code == 0
    token = gated.gate.person("watcher", is_admin=True).token
    (tmp_path / ".npmrc").write_text(f"{gated.url.partition(':')[2]}/:_authToken={token}\n")
    monkeypatch.chdir(tmp_path)

    ran = imprint("gate", "status", "--gate", gated.url)
    found = imprint("gate", "status", "--gate", gated.url, "--format=json").json

    in_force = found["status"]["policy"]["in_force"]
    assert f"{bad(CHANGED)}: {CHANGED.code}, until 20" in ran.out
    assert " by boss: read by two of us\n" in ran.out
    assert ": quarantined: it steals\n" in ran.out
    assert [one["refuses"] for one in in_force["quarantine"]] == [True]
    assert "boss" in {one["by"] for one in in_force["acceptances"]}


@pytest.mark.parametrize("versions", [[], ["9.9.9"], ["1.14.1", "1.14.1"]])
def test_an_answer_about_something_else_is_no_answer(imprint, tmp_path, versions):
    file = tmp_path / "imprint.toml"
    file.write_text(ENFORCING)
    reason = {"code": "release-too-young", "message": "too young", "fingerprint": "0a1b2c3d4e5f"}
    against = {"name": "courier", "verdict": "refused", "effect": "withhold", "reasons": [reason]}
    with upstream_registry() as other:
        found = {"packages": [{**against, "version": version} for version in versions]}
        other.put("-/imprint/v1/verdict", found)
        words = ("--reason", "x", "--gate", other.url, "--policy", str(file))

        ran = imprint("gate", "accept", "courier@1.14.1", *words)

    assert (ran.code, file.read_text()) == (3, ENFORCING)
    assert "does not answer as a gate of imprint does" in ran.err
