"""Run a fuzz entry for long: `python -m tests.fuzz token_envelope -max_len=4096` (needs atheris)."""

import importlib
import sys


def main() -> None:
    """Hand the entry's `one_input` and the remaining arguments to atheris."""
    name = sys.argv.pop(1)
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["imprint"]):
        entry = importlib.import_module(f"tests.fuzz.fuzz_{name}")
    atheris.Setup(sys.argv, entry.one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
