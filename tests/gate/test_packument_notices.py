from imprint.gate.model import Effect, VersionVerdict
from imprint.gate.packuments.notices import MOST_TOLD, telling_tags, withheld_notice
from imprint.http.replies import MAX_NOTICE_CHARACTERS
from imprint.policy.decisions import Level, Reason, Refused

REASON = Reason(code="auth-regressed", message="by token", level=Level.BLOCK, fingerprint="0" * 12)


def verdict(version, sentence=None):
    return VersionVerdict(
        version=version,
        decision=Refused(reasons=(REASON,)),
        effect=Effect.WITHHOLD,
        sentence=sentence or f"`widget@{version}` is refused: by token",
    )


def notice(tags, *withheld, sentence=None):
    verdicts = {version: verdict(version, sentence) for version in withheld}
    return withheld_notice(tags, withheld=frozenset(withheld), verdicts=verdicts)


def test_nothing_is_said_where_nothing_is_withheld():
    assert notice({"latest": "1.0.1"}) is None


def test_nothing_is_said_of_versions_that_no_tag_names():
    assert notice({"latest": "1.0.1"}, "0.9.0", "1.0.0") is None


def test_what_a_tag_named_is_said_with_its_reason():
    assert notice({"latest": "1.0.1"}, "1.0.1") == ("imprint: `widget@1.0.1` is refused: by token")


def test_latest_goes_before_other_tags():
    tags = {"beta": "2.0.0-beta.1", "latest": "1.0.1"}

    assert notice(tags, "2.0.0-beta.1", "1.0.1") == (
        "imprint: `widget@1.0.1` is refused: by token (1 more of it is withheld)"
    )


def test_another_tag_is_enough():
    assert "2.0.0-beta.1" in notice({"beta": "2.0.0-beta.1", "latest": "1.0.1"}, "2.0.0-beta.1")


def test_others_are_counted():
    assert notice({"latest": "1.0.3"}, "1.0.1", "1.0.2", "1.0.3").endswith(
        "(2 more of it are withheld)"
    )


def test_it_fits_into_a_header():
    assert len(notice({"latest": "1.0.1"}, "1.0.1", sentence="x" * 5000)) == MAX_NOTICE_CHARACTERS


PAGE = "https://gate.example.test/-/imprint/gate/packages/widget"


def tags(*withheld, sentence=None):
    verdicts = {version: verdict(version, sentence) for version in withheld}
    return telling_tags(frozenset(withheld), verdicts=verdicts, page=PAGE)


def test_tags_say_why_each_is_withheld_and_where_to_read_more():
    assert tags("1.9.0", "1.10.0") == {
        "`widget@1.10.0` is refused: by token; instead there is": "1.10.0",
        "`widget@1.9.0` is refused: by token; instead there is": "1.9.0",
        f"2 versions are withheld, see {PAGE} for why; instead there is": "1.10.0",
    }


def test_one_is_one():
    assert f"1 version is withheld, see {PAGE} for why; instead there is" in tags("1.9.0")


def test_without_a_verdict_nothing_is_told():
    assert telling_tags(frozenset({"1.0.0"}), verdicts={}, page=PAGE) == {}


def test_the_newest_are_told_and_what_is_no_version_last():
    many = [f"1.0.{patch}" for patch in range(MOST_TOLD)]

    told = list(tags("dev", *many).values())

    assert told == [*reversed(many), "1.0.9"]


def test_a_terminal_reads_plain_letters_alone():
    (said, _) = tags("1.0.0", sentence="it \x1b[31mis\n refused: \u202e")

    assert said == "it ?[31mis? refused: ?; instead there is"
