"""Each format, whole: golden files, which `python -m tests.cli.audit_render.golden` writes anew."""

import pytest

from tests.cli.audit_render.golden import CASES, FOLDER, rendered, suffix_of

FORMATS = ("plain", "json", "jsonl", "sarif", "markdown", "github", "gitlab", "junit", "cyclonedx")


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("case", sorted(CASES))
def test_a_format_is_as_it_was_reviewed(case, name):
    expected = (FOLDER / case / f"{name}{suffix_of(name)}").read_text(encoding="utf-8")

    assert rendered(case, name) == expected
