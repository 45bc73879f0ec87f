"""Which version is a fix: one that the advisory names, and no other."""

import pytest

from imprint.npm.advisories.fixes import first_fixed
from imprint.npm.advisories.model import Advisory, AdvisorySeverity


def advisory(**more):
    known = {"affected": ">=1.0.0 <1.2.3", "fixed": ("1.2.3",), **more}
    return Advisory(id="GHSA-1", severity=AdvisorySeverity.HIGH, title="t", source="osv", **known)


def test_the_version_that_the_advisory_names_is_its_fix():
    assert first_fixed([advisory()], "1.1.0", "1.2.3") == advisory()


@pytest.mark.parametrize("new", ["1.2.4", "2.0.0", "1.1.5", "0.9.0", "1.1.0"])
def test_a_version_that_is_merely_not_affected_is_none(new):
    assert first_fixed([advisory()], "1.1.0", new) is None


@pytest.mark.parametrize("old", ["0.9.0", "1.2.3", "1.3.0", "none"])
def test_a_fix_of_what_never_was_is_none(old):
    assert first_fixed([advisory()], old, "1.2.3") is None


def test_an_advisory_without_a_range_to_tell_is_taken_at_its_word():
    assert first_fixed([advisory(affected=None)], "1.1.0", "1.2.3") is not None


def test_a_range_that_is_none_fixes_nothing():
    assert first_fixed([advisory(affected="soon")], "1.1.0", "1.2.3") is None


def test_without_advisories_nothing_is_fixed():
    assert first_fixed([], "1.1.0", "1.2.3") is None
