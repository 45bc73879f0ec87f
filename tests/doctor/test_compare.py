"""What a change means: new findings, and weaker principals."""

from msgspec.structs import replace

from imprint.doctor.compare import compare
from imprint.workflows.paths.model import Principal, Rank
from tests.doctor.findings import diagnosis, finding, path


def test_only_what_was_not_there_is_new():
    kept, new, gone = finding("kept"), finding("new"), finding("gone")

    found = compare(diagnosis(kept, gone), diagnosis(kept, new), revision="main")

    assert (found.new, found.known, found.gone) == ((new,), (kept,), (gone,))


def test_a_finding_that_moved_is_not_new():
    before, after = finding(line=3), finding(line=30, fingerprint="cache-in-publish-3")

    assert compare(diagnosis(before), diagnosis(after), revision="main").new == ()


def test_a_weaker_principal_is_told_with_its_path():
    before, after = diagnosis(paths=(path(Rank.WRITER),)), diagnosis(paths=(path(Rank.ANON),))

    (weaker,) = compare(before, after, revision="main").weaker

    assert (weaker.package, weaker.before, weaker.after) == ("@acme/widget", "WRITER", "ANON")


def test_a_stronger_one_and_one_that_is_stopped_are_not():
    before = diagnosis(paths=(path(Rank.WRITER),))
    after = diagnosis(paths=(path(Rank.REVIEWED), path(Rank.ANON, can_publish=False)))

    assert compare(before, after, revision="main").weaker == ()


def test_the_first_path_of_all_is_weaker_than_nobody():
    (weaker,) = compare(diagnosis(), diagnosis(paths=(path(),)), revision="main").weaker

    assert weaker.before == "nobody"


def test_a_supplier_is_no_step_of_the_ladder():
    supply = replace(path(), who=(Principal(rank=Rank.SUPPLY, of="npm"),))

    assert compare(diagnosis(), diagnosis(paths=(supply,)), revision="main").weaker == ()
