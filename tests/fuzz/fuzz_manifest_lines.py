"""Fuzz entry: the lines of a package.json's dependencies."""

from imprint.npm.manifest_lines import dependency_lines


def one_input(data: bytes) -> None:
    """Any bytes have some lines, all of them within the text."""
    lines = dependency_lines(data)
    assert all(1 <= line <= data.count(b"\n") + 1 for line in lines.values())
