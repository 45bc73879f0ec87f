"""Accounts: new users, changed addresses, maintainers, configurations."""

import pytest

from tests.support.publications import candidate, events, identity, publication, told, trusted


@pytest.mark.parametrize(("days_ago", "severity"), [(3, "warn"), (60, "info")])
def test_a_user_who_never_published_the_package_is_looked_at_while_fresh(days_ago, severity):
    rows = [publication("1.0.0", 90), publication("1.0.1", days_ago, user="bob")]

    assert told(candidate(*rows)) == {"publisher-user-new": severity}


def test_the_first_release_of_a_package_has_no_new_user():
    assert told(candidate(publication("1.0.0", 3))) == {}


def test_a_user_of_another_line_is_none_that_is_new():
    rows = [publication("0.9.0", 90, user="bob"), publication("1.0.0", 80)]

    assert told(candidate(*rows, publication("1.0.1", 3, user="bob"))) == {}


def test_a_new_user_stays_new_for_the_second_release():
    rows = [publication("1.0.0", 90), publication("1.0.1", 4, user="bob")]

    assert "publisher-user-new" in told(candidate(*rows, publication("1.0.2", 3, user="bob")))


def test_a_trusted_publishers_first_user_is_an_upgrade():
    found = told(candidate(publication("1.0.0", 90), trusted("1.0.1", 3)))

    assert found == {"publisher-user-new": "info"}


@pytest.mark.parametrize(
    ("email", "expected"),
    [
        ("ALICE@acme.example ", {}),
        ("alice@evil.example", {"publisher-user-email-changed": "warn"}),
        (None, {}),
    ],
)
def test_another_address_of_the_same_user_is_looked_at(email, expected):
    rows = [publication("1.0.0", 90), publication("1.0.1", 3, email=email)]

    assert told(candidate(*rows)) == expected


def test_an_address_is_compared_with_the_users_own_last_release_of_any_line():
    rows = [
        publication("0.9.0", 90),
        publication("1.0.0", 80, user="bob", email="bob@acme.example"),
        publication("1.0.1", 3, email="alice@evil.example"),
    ]

    (found,) = events(candidate(*rows))

    assert (found.since, found.before) == ("0.9.0", "alice@acme.example")


def test_an_address_that_was_used_for_long_is_usual():
    rows = [publication("1.0.0", 90), publication("1.0.1", 60, email="new@acme.example")]

    assert told(candidate(*rows, publication("1.0.2", 3, email="new@acme.example"))) == {}


def test_a_maintainer_that_was_added_is_told():
    rows = [
        publication("1.0.0", 90, maintainers=("alice",)),
        publication("1.0.1", 3, maintainers=("alice", "mallory")),
    ]

    (found,) = events(candidate(*rows))

    assert (found.id, found.severity.word, found.after) == ("maintainer-added", "info", "mallory")


def configured(version, days_ago, configuration):
    return trusted(version, days_ago, configuration_id=configuration)


@pytest.mark.parametrize(
    ("ages", "is_told"), [([], True), ([8], True), ([8, 6], False), ([3.2, 3.1], True)]
)
def test_a_replaced_configuration_is_told_until_two_releases_a_day_apart_had_it(ages, is_told):
    rows = [configured("1.0.0", 60, "a")]
    rows += [configured(f"1.0.{patch}", age, "b") for patch, age in enumerate(ages, 1)]

    found = told(candidate(*rows, configured("1.0.9", 3, "b")))

    assert found == ({"publisher-config-changed": "warn"} if is_told else {})


def test_a_new_lines_configuration_is_compared_with_the_packages():
    rows = [configured("1.0.0", 60, "a"), configured("2.0.0", 3, "b")]

    assert told(candidate(*rows)) == {"publisher-config-changed": "warn"}


@pytest.mark.parametrize(
    ("own", "severity"),
    [({}, "info"), ({"repository": "acme/renamed"}, "info"), ({"owner_id": "8"}, "warn")],
)
def test_a_replaced_configuration_of_the_same_repository_and_owner_is_a_note(own, severity):
    rows = [configured("1.0.0", 60, "a"), configured("1.0.1", 3, "b")]
    judged = candidate(*rows, identity=identity(**own), identities={"1.0.0": identity()})

    assert told(judged)["publisher-config-changed"] == severity
