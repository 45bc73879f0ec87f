"""`imprint audit` that is broken off at some moment, or runs twice at once: the next run is right."""

from __future__ import annotations

import json
import os
import pty
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from http.server import BaseHTTPRequestHandler

COUNT = 90
"""More than are kept in one go."""
INTERRUPTED = 130
SHOWN_AFTER_SECONDS = 0.3
"""Progress is shown by then."""


@dataclass
class Run:
    """Whole processes on one project and one home."""

    project: Any
    home: Any
    process: subprocess.Popen[bytes] | None = None
    variables: dict[str, str] = field(default_factory=dict)

    def start(self, *words: str, **named: Any) -> subprocess.Popen[bytes]:
        """Start `imprint audit`."""
        url = self.project.upstream.url
        command = (sys.executable, "-m", "imprint", "audit", "--registry", url, "--format", "json")
        self.process = subprocess.Popen(
            (*command, "--advisories", "off", *words),
            cwd=self.project.folder,
            env={**os.environ, "HOME": str(self.home), **self.variables},
            stdin=subprocess.DEVNULL,
            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **named},
        )
        return self.process

    def signalled_at(self, path: str, number: signal.Signals) -> None:
        """Signal the process when it asks for `path`; that is then answered as ever."""
        upstream = self.project.upstream

        def answer(handler: BaseHTTPRequestHandler) -> None:
            assert self.process is not None
            time.sleep(SHOWN_AFTER_SECONDS)
            self.process.send_signal(number)
            status, body = upstream.answers[path]
            handler.send_response(status)
            handler.send_header("content-length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)

        upstream.behaviours[path] = answer


@pytest.fixture
def heard() -> Iterator[None]:
    """Let children hear of SIGINT: whoever is started in the background ignores it, and they."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def run(project, imprint, heard) -> Run:
    """A project with many packages, a fifth of them with provenance."""
    for number in range(COUNT):
        name = f"package-{number}"
        project.publish(name, attested=number % 5 == 0)
        project.lock(name)
    project.write()
    return Run(project=project, home=imprint.folder / "home")


def caches_are_whole(home) -> bool:
    """Tell whether every kept file is a database that can be read."""
    for path in (home / ".cache" / "imprint").glob("*.sqlite3"):
        with closing(sqlite3.connect(path)) as connection:
            if connection.execute("pragma integrity_check").fetchone() != ("ok",):
                return False
    return True


def facts(out: bytes) -> list[tuple[str, str, str]]:
    """Return what a run said that does not depend on when."""
    return sorted(
        (one["name"], one["verdict"], str(one["axes"])) for one in json.loads(out)["packages"]
    )


MOMENTS: dict[str, Callable[[Any], str]] = {
    "first": lambda _: "/package-0",
    "in the middle": lambda _: "/package-45",
    "last": lambda _: f"/package-{COUNT - 1}",
    "keys": lambda _: "/-/npm/v1/keys",
    "attestations": lambda _: "/-/npm/v1/attestations/package-50@1.0.0",
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_run_that_is_killed_leaves_nothing_half_written(run, audit, moment):
    run.signalled_at(MOMENTS[moment](run), signal.SIGKILL)
    killed = run.start()
    killed.communicate(timeout=60)
    run.project.upstream.behaviours.clear()

    told, fresh = audit(), audit("--no-cache")

    assert killed.returncode == -signal.SIGKILL
    assert caches_are_whole(run.home)
    assert (told.code, fresh.code) == (0, 0)
    assert facts(told.ran.out.encode()) == facts(fresh.ran.out.encode())


def test_what_was_kept_before_a_kill_is_not_asked_for_again(run, audit):
    run.signalled_at("/-/npm/v1/attestations/package-50@1.0.0", signal.SIGKILL)
    run.start().communicate(timeout=60)
    run.project.upstream.behaviours.clear()
    run.project.upstream.asked.clear()

    told = audit()

    asked = [path for path in run.project.upstream.paths() if not path.startswith("/-/")]
    assert (told.code, asked) == (0, [])


def test_an_interrupted_run_ends_cleanly(run):
    run.signalled_at("/package-45", signal.SIGINT)
    interrupted = run.start()
    out, err = interrupted.communicate(timeout=60)

    assert interrupted.returncode == INTERRUPTED
    assert b"Traceback" not in err
    assert b'"packages"' not in out
    assert caches_are_whole(run.home)


def test_an_interrupted_run_leaves_no_line_on_the_terminal(run):
    master, terminal = pty.openpty()
    run.signalled_at("/package-45", signal.SIGINT)
    interrupted = run.start(stderr=terminal)
    interrupted.communicate(timeout=60)
    os.close(terminal)
    shown = b""
    try:
        while chunk := os.read(master, 4096):
            shown += chunk
    except OSError:  # EIO: the other end is closed
        pass
    os.close(master)

    assert interrupted.returncode == INTERRUPTED
    assert b"packages: " in shown
    *_, last = shown.split(b"\r\x1b[K")
    assert b" of " not in last


def test_two_runs_at_once_share_the_caches(run):
    first, second = run.start(), run.start()
    told = [one.communicate(timeout=120) for one in (first, second)]

    assert [first.returncode, second.returncode] == [0, 0], told
    assert facts(told[0][0]) == facts(told[1][0])
    assert caches_are_whole(run.home)


def test_a_folder_that_cannot_be_written_costs_the_caches_alone(run, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    run.variables = {"XDG_CACHE_HOME": str(blocked)}
    process = run.start()
    out, err = process.communicate(timeout=60)

    assert process.returncode == 0, err
    assert len(json.loads(out)["packages"]) == COUNT


@pytest.mark.parametrize("file", ["projections.sqlite3", "verdicts.sqlite3", "audits.sqlite3"])
def test_a_kept_file_that_is_damaged_costs_itself_alone(run, audit, file):
    before = audit()
    path = run.home / ".cache" / "imprint" / file
    path.write_bytes(b"SQLite format 3\x00" + b"\xff" * 4096)

    told = audit()

    assert (before.code, told.code) == (0, 0)
    assert facts(told.ran.out.encode()) == facts(before.ran.out.encode())
