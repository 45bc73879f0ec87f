"""The pinned files: each a superset of the one before, every line held by a hash, no address."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
REQUIREMENTS = ROOT / "requirements"


def pins(name):
    lines = (REQUIREMENTS / name).read_text(encoding="utf-8").splitlines()
    return {line.removesuffix(" \\") for line in lines if line[:1].isalpha()}


@pytest.mark.parametrize(("smaller", "larger"), [("run", "demo"), ("demo", "dev")])
def test_each_file_holds_the_one_before(smaller, larger):
    assert pins(f"{smaller}.txt") < pins(f"{larger}.txt")


@pytest.mark.parametrize("name", ["build", "lock", "run", "demo", "dev"])
def test_every_pin_has_a_hash_and_no_file_an_address(name):
    text = (REQUIREMENTS / f"{name}.txt").read_text(encoding="utf-8")

    assert all(f"{pin} \\\n    --hash=sha256:" in text for pin in pins(f"{name}.txt"))
    assert "://" not in text


def test_the_clients_lock_has_no_address():
    text = (ROOT / "tests/clients/package-lock.json").read_text(encoding="utf-8")

    assert "://" not in text
    assert '"integrity": "sha512-' in text
