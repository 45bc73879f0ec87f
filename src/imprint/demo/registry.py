"""The registry of the demo: `imprint serve` as a process of its own, set up by its command line."""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
from typing import IO, TYPE_CHECKING, Self, cast

from imprint.demo.npm import Finished, finished
from imprint.refusals import Unavailable
from imprint.settings import PREFIX

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

_DATA = "registry"
SERVE = ("serve", "--data", _DATA, "--listen", "127.0.0.1:0")
"""What it is started by, in its folder."""

START_SECONDS = 30.0
STOP_SECONDS = 10.0
_FIRST_WORDS = "listening on "


class DemoRegistry:
    """A registry in a folder of its own, on a free port of loopback. A context manager."""

    def __init__(self, folder: Path) -> None:
        """Keep everything in `folder`."""
        self.folder = folder
        self.data = folder / _DATA
        self.url = ""
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start it; raises Unavailable `no-registry` where it does not come up."""
        self.data.mkdir(parents=True)
        with (self.folder / "registry.log").open("wb") as log:
            self._process = subprocess.Popen(
                [*_IMPRINT, *SERVE],
                cwd=self.folder,
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                # Ctrl-C is for the demo, which stops the registry last.
                start_new_session=True,
            )
        try:
            self.url = self._address(self._process)
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop it, and see that it has ended."""
        self._stop()

    def imprint(self, *arguments: str) -> Finished:
        """Run `imprint ARGUMENTS…` in the folder, where `--data registry` is this registry."""
        return finished([*_IMPRINT, *arguments], folder=self.folder, variables=_environment())

    def _address(self, process: subprocess.Popen[bytes]) -> str:
        output = cast("IO[bytes]", process.stdout)  # a pipe, as was asked for
        with selectors.DefaultSelector() as selector:
            selector.register(output, selectors.EVENT_READ)
            ready = selector.select(START_SECONDS)
        # It prints the line as a whole, so that what can be read is all of it.
        line = output.readline().decode() if ready else ""
        if not line.startswith(_FIRST_WORDS):
            log = (self.folder / "registry.log").read_text(errors="replace")
            raise Unavailable("no-registry", f"the registry did not start: {log[-500:].strip()}")
        return line.removeprefix(_FIRST_WORDS).strip()

    def _stop(self) -> None:
        process = self._process
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


_IMPRINT = (sys.executable, "-m", "imprint")


def _environment() -> dict[str, str]:
    """Return this process's environment, which Python needs, less what would set the registry."""
    return {name: text for name, text in os.environ.items() if not name.startswith(PREFIX)}
