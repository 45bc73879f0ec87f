"""imprint.lock: written, read and merged."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.history.axes import Approval, Auth, Origin
from imprint.history.refs import RefClass
from imprint.policy.pins import HEADER, pin_for, read_pins, updated, with_lines_of, write_pins
from imprint.refusals import Malformed
from tests.policy.strategies import subjects
from tests.support.policies import DAY, INTEGRITY, NOW, axes, identity, subject

LINE = (
    "widget@1.x 1.2.3 oidc none verified+bound provider=github"
    " issuer=https://issuer.example.test repository=acme/widget repository-id=1234 owner=acme"
    " owner-id=56 workflow=.github/workflows/release.yml ref=refs/tags/* event=push runner=hosted"
    " integrity=sha512-AAAAAAAAAAAAAAAAAAAAAAAA seen=2027-01-15"
)


def pins(*subjects_, now=NOW):
    return updated({}, subjects_, now=now)


def test_a_pin_is_a_line():
    assert write_pins(pins(subject())) == f"{HEADER}\n{LINE}\n"


def test_lines_are_sorted_and_each_release_line_has_one():
    text = write_pins(
        pins(
            subject(version="2.0.0"),
            subject(version="1.2.3"),
            subject(version="1.10.0"),
            subject(name="@acme/ui", version="0.3.1"),
            subject(name="@acme/ui", version="0.3.2-beta.1"),
        )
    )

    assert [line.partition(" oidc")[0] for line in text.splitlines()[1:]] == [
        "@acme/ui@0.3.x 0.3.1",
        "@acme/ui@0.3.x-pre 0.3.2-beta.1",
        "widget@1.x 1.10.0",
        "widget@2.x 2.0.0",
    ]


def test_of_a_tag_only_that_it_is_one_is_pinned_and_integrity_by_its_beginning():
    (pin,) = pins(subject())["widget"]

    assert pin.identity.ref_class is RefClass.TAG
    assert (pin.identity.commit, pin.identity.run) == (None, None)
    assert INTEGRITY.startswith(pin.integrity)


def test_the_day_a_line_was_first_seen_stays():
    first = pins(subject(), now=NOW - 30 * DAY)

    again = updated(first, [subject(version="1.3.0")], now=NOW)

    (pin,) = again["widget"]
    assert pin.version == "1.3.0"
    assert pin.first_seen == first["widget"][0].first_seen


@pytest.mark.parametrize(
    "seen",
    [
        {"auth": Auth.UNKNOWN, "origin": Origin.UNKNOWN},
        {"origin": Origin.PRESENT},
        {"auth": Auth.UNKNOWN},
    ],
)
def test_what_could_not_be_seen_this_time_is_not_forgotten(seen):
    first = pins(subject())

    again = updated(first, [subject(version="1.3.0", axes=axes(**seen), identity=None)], now=NOW)

    assert again == first


@pytest.mark.parametrize(
    "seen",
    [
        {"auth": Auth.TOKEN, "origin": Origin.ABSENT},
        {"auth": Auth.UNKNOWN, "approval": Approval.STAGED},
    ],
)
def test_what_was_seen_and_agreed_to_is_pinned_though_it_is_less(seen):
    (pin,) = updated(pins(subject()), [subject(version="1.3.0", axes=axes(**seen))], now=NOW)[
        "widget"
    ]

    assert (pin.version, pin.auth) == ("1.3.0", seen["auth"])


def test_lines_that_were_not_agreed_to_stay_as_they_were():
    before = pins(subject(), subject(version="2.0.0"), subject(name="gone"), subject(name="left"))
    agreed = pins(subject(version="2.1.0"))

    found = with_lines_of(agreed, before, ["widget", "left", "new"])

    assert {name: [pin.version for pin in own] for name, own in found.items()} == {
        "widget": ["1.2.3", "2.1.0"],
        "left": ["1.2.3"],
    }


def test_what_has_no_tarball_of_its_own_is_not_pinned():
    assert pins(subject(is_bundled=True), subject(is_from_registry=False)) == {}


def test_the_pin_of_the_own_line_comes_first_and_else_the_newest():
    found = pins(
        subject(version="1.2.3"),
        subject(version="10.0.0", axes=axes(auth=Auth.TOKEN)),
        subject(version="9.0.0"),
    )

    assert pin_for(found, "widget", "1.9.0").version == "1.2.3"
    assert pin_for(found, "widget", "11.0.0").version == "10.0.0"
    assert pin_for(found, "gadget", "1.0.0") is None


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_comments_blank_lines_and_line_ends_are_no_matter(ending):
    text = ending.join([HEADER, "", "# by hand", LINE, ""])

    assert read_pins(text) == pins(subject())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "imprint.lock:1"),
        ("# imprint.lock 2: of another time", "imprint.lock:1"),
        (f"{HEADER}\n<<<<<<< HEAD\n{LINE}", "imprint.lock:2: line is a mark of a merge conflict"),
        (f"{HEADER}\n{LINE}\n{LINE}", "imprint.lock:3: line is the second of `widget@1.x`"),
        (f"{HEADER}\nwidget@1.x 1.2.3", "imprint.lock:2: line is no pin"),
        (f"{HEADER}\n{LINE.replace('oidc', 'magic')}", "has `magic`, expected one of `oidc`"),
        (f"{HEADER}\n{LINE.replace('seen=', 'sean=')}", "has `sean=2027-01-15`, expected one of"),
        (f"{HEADER}\n{LINE} seen=2027-01-15", "says `seen` twice"),
        (f"{HEADER}\n{LINE.replace('2027-01-15', 'then')}", "was first seen `then`"),
        (f"{HEADER}\n{LINE.replace('1.2.3', '2.2.3')}", "is of `widget@1.x`, and its version is"),
        (f"{HEADER}\n{LINE.replace('acme/widget', 'acme%2Fwidget')}", "is not spelled as imprint"),
        (f"{HEADER}\n{LINE.replace('widget@', '', 1)}", "imprint.lock:2"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text, message):
    with pytest.raises(Malformed) as caught:
        read_pins(text)

    assert caught.value.code == "malformed-pins"
    assert message in caught.value.message


@given(found=st.lists(subjects, max_size=4))
def test_what_is_written_is_read(found):
    written = pins(*found)

    assert read_pins(write_pins(written)) == written


@given(name=st.text(min_size=1, max_size=20), config=st.text(min_size=1, max_size=20))
def test_no_name_and_no_value_breaks_a_line(name, config):
    one = subject(name=name, configuration_id=config, identity=identity(repository=config))
    text = write_pins(pins(one))

    assert len(text.splitlines()) == 2
    assert read_pins(text) == pins(one)
