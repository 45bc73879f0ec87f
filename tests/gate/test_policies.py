"""The gate's policy file: loaded, and again when it says something else."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os

import pytest

from imprint.gate.judging.policies import RETRY_SECONDS, Policies, WhenUndecided
from imprint.refusals import Malformed, Unavailable
from tests.support.gate_judging import ENFORCING, Clock

NOW = 1_800_000_000.0


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "gate.toml"
    path.write_text(ENFORCING)
    return path


@pytest.fixture
def clock():
    return Clock(NOW)


def test_without_a_file_there_is_no_policy(clock):
    policies = Policies(None, clock=clock)

    assert policies.current is None
    assert not policies.check()


@pytest.mark.parametrize("text", ["mode = 'never'", "not toml", ""], ids=["value", "text", "gone"])
def test_a_server_does_not_start_with_a_policy_that_cannot_be_loaded(file, clock, text):
    file.write_text(text)
    if not text:
        file.unlink()

    with pytest.raises((Malformed, Unavailable)):
        Policies(file, clock=clock)


def test_a_file_that_stays_as_it_is_is_not_loaded_again(file, clock):
    policies = Policies(file, clock=clock)
    before = policies.current
    os.utime(file)

    assert not policies.check()
    assert policies.current is before


def test_another_content_is_in_force_from_the_next_check_on(file, clock):
    policies = Policies(file, clock=clock)
    before = policies.current
    file.write_text(ENFORCING.replace("24h", "48h"))

    assert policies.check()
    assert policies.current.digest != before.digest
    assert policies.current.loaded.policy.cooldown_seconds == 48 * 3600


def test_another_content_of_the_same_length_and_time_is_seen(file, clock):
    policies = Policies(file, clock=clock)
    stat = file.stat()
    file.write_text(ENFORCING.replace("24h", "36h"))
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))

    assert policies.check()


def test_a_file_that_is_being_written_is_waited_for(file, clock):
    whole, written = ENFORCING.replace("24h", "48h"), iter(("mode = 'observe'\n", None))

    def pause(_seconds):
        file.write_text(next(written, whole) or whole)

    policies = Policies(file, clock=clock, pause=pause)
    file.write_text("")

    assert policies.check()
    assert policies.current.loaded.policy.cooldown_seconds == 48 * 3600


def test_a_file_that_is_written_to_while_it_is_loaded_is_not_in_force(file, clock, monkeypatch):
    policies = Policies(file, clock=clock, pause=lambda _: None)
    before, load = policies.current, policies._load

    def loads_half(path):
        file.write_text("")
        found = load(path)
        file.write_text(ENFORCING.replace("24h", "48h"))
        return found

    file.write_text(ENFORCING.replace("24h", "36h"))
    monkeypatch.setattr(policies, "_load", loads_half)

    assert not policies.check()
    assert policies.current is before
    monkeypatch.undo()
    assert policies.check()
    assert policies.current.loaded.policy.cooldown_seconds == 48 * 3600


def test_a_broken_file_keeps_the_policy_before_it_and_says_so_once(file, clock, caplog):
    policies = Policies(file, clock=clock)
    before = policies.current
    file.write_text("mode = 'never'")

    with caplog.at_level(logging.ERROR):
        assert not policies.check()
        assert not policies.check()

    assert policies.current is before
    assert policies.not_loaded.refusal.code == "policy-value"
    assert [record.message for record in caplog.records] == ["policy-not-loaded"]


def test_a_file_that_is_gone_keeps_the_policy_before_it(file, clock):
    policies = Policies(file, clock=clock)
    file.unlink()

    assert not policies.check()
    assert policies.current is not None
    assert policies.not_loaded.refusal.code == "policy-file"


def test_a_file_that_is_mended_is_in_force_and_nothing_is_said_any_more(file, clock):
    policies = Policies(file, clock=clock)
    file.write_text("mode = 'never'")
    policies.check()
    file.write_text(ENFORCING.replace("enforce", "warn"))

    assert policies.check()
    assert policies.current.mode(NOW) == "warn"
    assert policies.not_loaded is None


def test_a_file_that_is_as_it_was_before_it_was_broken_is_no_other_policy(file, clock):
    policies = Policies(file, clock=clock)
    file.write_text("mode = 'never'")
    policies.check()
    file.write_text(ENFORCING)

    assert not policies.check()
    assert policies.not_loaded is None


def test_what_a_policy_extends_is_looked_for_again_after_a_while(file, clock, tmp_path):
    layer = "mode = 'warn'\n"
    digest = hashlib.sha256(layer.encode()).hexdigest()
    policies = Policies(file, clock=clock)
    file.write_text(f"extends = 'org.toml#sha256:{digest}'\nmode = 'enforce'\n")
    policies.check()
    (tmp_path / "org.toml").write_text(layer)

    assert policies.not_loaded.refusal.code == "policy-unavailable"
    assert not policies.check()
    clock.now += RETRY_SECONDS
    assert policies.check()


def test_pins_beside_the_file_count_and_are_watched(file, clock, tmp_path):
    policies = Policies(file, clock=clock)
    before = policies.current
    (tmp_path / "imprint.lock").write_text("# imprint.lock 1: ours\n")

    assert policies.check()
    assert policies.current.digest != before.digest


def test_the_mode_switches_by_its_date(file, clock):
    file.write_text("version = 1\nmode = 'observe'\nenforce-from = 2027-01-20\n")
    policy = Policies(file, clock=clock).current

    assert policy.mode(NOW) == "observe"
    assert policy.mode(NOW + 30 * 86_400) == "enforce"


def test_what_becomes_of_the_undecided_is_part_of_the_digest(file, clock):
    plain = Policies(file, clock=clock).current
    holding = Policies(file, clock=clock, undecided=WhenUndecided.HOLD).current

    assert plain.digest != holding.digest


def test_the_setting_for_the_undecided_takes_its_words_alone():
    assert WhenUndecided.parse("hold") is WhenUndecided.HOLD
    with pytest.raises(Malformed, match="gate_undecided"):
        WhenUndecided.parse("maybe")


def test_watching_puts_another_file_in_force(file):
    async def watched():
        policies = Policies(file, clock=Clock())
        before = policies.current
        watching = asyncio.create_task(policies.watch(every_seconds=0.01))
        file.write_text(ENFORCING.replace("24h", "48h"))
        async with asyncio.timeout(10):
            while policies.current is before:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.01)
        watching.cancel()
        return policies.current

    assert asyncio.run(watched()).loaded.policy.cooldown_seconds == 48 * 3600


@pytest.mark.parametrize(
    ("mode", "undecided", "holds"),
    [
        ("enforce", WhenUndecided.HOLD, True),
        ("warn", WhenUndecided.HOLD, True),
        ("observe", WhenUndecided.HOLD, False),
        ("enforce", WhenUndecided.BY_MODE, False),
        ("enforce", WhenUndecided.ALLOW, False),
    ],
)
def test_what_is_not_confirmed_is_held_where_that_was_asked_for(
    file, clock, mode, undecided, holds
):
    file.write_text(ENFORCING.replace("enforce", mode))

    policy = Policies(file, clock=clock, undecided=undecided).current

    assert policy.holds_unconfirmed(NOW) is holds
