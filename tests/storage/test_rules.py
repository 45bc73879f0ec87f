"""Issuers, token rules, kill switches, events and the outbox as rows."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.exc import IntegrityError

from imprint.identity.workload import Provider
from imprint.storage import events, issuers, outbox, switches
from imprint.storage.events import Event, Mail
from imprint.tokens.issuers import Issuer, ReplayMode
from tests.support.publishers import GITHUB

pytestmark = pytest.mark.stores

NOW = 1_795_000_000.0


class TestIssuers:
    def test_one_is_read_back_as_it_was_registered(self, writing):
        issuer = Issuer(
            name="mirror",
            url="https://mirror.example.test/ci",
            provider=Provider.GENERIC,
            algorithms=("ES256", "RS256"),
            maximum_lifetime_seconds=600,
            replay=ReplayMode.PER_JOB,
            audiences=("other",),
        )
        row_id = issuers.add(writing, issuer, now=NOW)

        found = issuers.find_by_name(writing, "mirror")
        assert (found.id, found.issuer, found.disabled_at) == (row_id, issuer, None)
        assert issuers.find_by_url(writing, issuer.url) == found

    @pytest.mark.case("B03")
    @pytest.mark.parametrize("suffix", ["/", "//x", "?x", " ", "%", ".evil.example.test"])
    def test_an_url_is_compared_to_the_letter(self, writing, suffix):
        assert issuers.find_by_url(writing, GITHUB.url + suffix) is None
        assert issuers.find_by_url(writing, GITHUB.url.upper()) is None

    @pytest.mark.parametrize(
        "taken", [{"name": "github"}, {"url": GITHUB.url}], ids=["name", "url"]
    )
    def test_names_and_urls_are_taken_once(self, current, issuer_ids, taken):
        values = {"name": "new", "url": "https://new.example.test", "provider": Provider.GITHUB}

        with pytest.raises(IntegrityError), current.writing() as connection:
            issuers.add(connection, Issuer(**{**values, **taken}), now=NOW)

    def test_those_of_a_provider_come_oldest_first_and_all_by_name(self, writing):
        later = Issuer(name="a-mirror", url="https://a.example.test", provider=Provider.GITHUB)
        issuers.add(writing, later, now=NOW)

        of_github = issuers.of_provider(writing, Provider.GITHUB)
        assert [r.issuer.name for r in of_github] == ["github", "a-mirror"]
        assert [r.issuer.name for r in issuers.list_all(writing)] == [
            "a-mirror",
            "builds",
            "circleci",
            "github",
            "gitlab",
        ]

    def test_one_is_switched_off_and_on(self, writing):
        assert issuers.set_disabled(writing, "github", at=NOW)
        assert issuers.find_by_name(writing, "github").disabled_at == NOW
        assert issuers.set_disabled(writing, "github", at=None)
        assert not issuers.set_disabled(writing, "nobody", at=NOW)


class TestTokenRules:
    def disallow(self, connection, level, target=""):
        switches.disallow_tokens(connection, level=level, target=target, now=NOW, by="ada")

    def test_the_widest_rule_is_found_first(self, writing):
        found = []
        for level, target in (("owner", "ben"), ("scope", "@acme"), ("registry", "")):
            self.disallow(writing, level, target)
            found.append(switches.disallowing(writing, scope="acme", owners=("ada", "ben")))

        assert found == [("owner", "ben"), ("scope", "@acme"), ("registry", "")]

    def test_rules_for_others_do_not_count(self, writing):
        self.disallow(writing, "scope", "@other")
        self.disallow(writing, "owner", "cleo")

        assert switches.disallowing(writing, scope="acme", owners=("ada",)) is None
        assert switches.disallowing(writing, scope=None, owners=()) is None

    def test_one_is_made_again_without_harm_and_taken_back_once(self, writing):
        self.disallow(writing, "scope", "@acme")
        self.disallow(writing, "scope", "@acme")
        listed = switches.token_rules_list(writing)

        taken = [switches.allow_tokens(writing, level="scope", target="@acme") for _ in range(2)]

        assert listed == (("scope", "@acme", "ada"),)
        assert taken == [True, False]


class TestKillSwitches:
    def off(self, connection, kind, target="", reason="incident"):
        switches.switch_off(connection, kind=kind, target=target, reason=reason, now=NOW)

    @pytest.mark.parametrize(
        ("kind", "target", "exchange", "publish", "other"),
        [
            ("exchange", "", "incident", None, "incident"),
            ("publish", "", None, "incident", None),
            ("package", "@acme/widget", "incident", "incident", None),
        ],
    )
    def test_each_stops_what_it_says(self, writing, kind, target, exchange, publish, other):
        self.off(writing, kind, target)

        def reason(what, package):
            return switches.switched_off(writing, what, package=package)

        assert reason("exchange", "@acme/widget") == exchange
        assert reason("publish", "@acme/widget") == publish
        assert reason("exchange", "@acme/gadget") == other

    def test_one_is_thrown_again_with_another_reason_and_taken_back_once(self, writing):
        self.off(writing, "publish")
        self.off(writing, "publish", reason="another")
        listed = switches.list_switches(writing)

        taken = [switches.switch_on(writing, kind="publish", target="") for _ in range(2)]

        assert listed == (("publish", "", "another"),)
        assert taken == [True, False]

    def test_eight_who_throw_one_at_once_all_do(self, current):
        def throw(number):
            with current.writing() as connection:
                self.off(connection, "publish", reason=str(number))

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(throw, range(8)))

        with current.reading() as connection:
            assert len(switches.list_switches(connection)) == 1


def an_event(kind="version-published", package="@acme/widget", **data):
    return Event(kind=kind, package=package, actor="ada", address="192.0.2.1", at=NOW, data=data)


class TestEvents:
    def test_they_come_in_their_order_after_a_cursor(self, writing):
        ids = [events.record(writing, an_event(n=n)) for n in range(5)]

        found = events.since(writing, ids[1], limit=2)

        assert [(f.id, f.event.data["n"]) for f in found] == [(ids[2], 2), (ids[3], 3)]
        assert ids == sorted(ids)

    def test_those_of_one_package_can_be_asked_for(self, writing):
        events.record(writing, an_event())
        events.record(writing, an_event(package=None))
        other = events.record(writing, an_event(package="@acme/gadget"))

        found = events.since(writing, 0, package="@acme/gadget")

        assert [f.id for f in found] == [other]

    def test_one_is_read_back_as_it_was_recorded(self, writing):
        event = an_event(text="é 💥 \x00", nested={"list": [1, None, True]})
        events.record(writing, event)

        assert events.since(writing, 0)[0].event == event

    def test_long_actors_and_addresses_are_cut(self, writing):
        long = Event(kind="k", package=None, actor="x" * 900, address="y" * 900, at=NOW, data={})
        events.record(writing, long)

        kept = events.since(writing, 0)[0].event
        assert (len(kept.actor), len(kept.address)) == (300, 64)


class TestOutbox:
    def mail(self, recipient="ada@acme.example.test", once_key=None, **data):
        return Mail(recipient=recipient, template="version-published", data=data, once_key=once_key)

    def test_mails_wait_in_their_order_with_their_event(self, writing):
        event_id = events.record(writing, an_event(), [self.mail(n=0), self.mail("b@c", n=1)])

        waiting = outbox.waiting(writing)
        assert [(m.event_id, m.recipient, m.data["n"]) for m in waiting] == [
            (event_id, "ada@acme.example.test", 0),
            (event_id, "b@c", 1),
        ]
        assert outbox.waiting(writing, since=waiting[0].id) == waiting[1:]
        assert outbox.waiting(writing, limit=1) == waiting[:1]

    @pytest.mark.case("I04")
    def test_of_mails_with_one_key_the_first_is_kept(self, writing):
        for n in range(3):
            events.record(writing, an_event(), [self.mail(once_key="same", n=n), self.mail(n=n)])

        waiting = outbox.waiting(writing)
        assert len(waiting) == 4
        assert outbox.was_told(writing, "same")
        assert not outbox.was_told(writing, "other")

    @pytest.mark.case("I04")
    def test_of_eight_at_once_with_one_key_one_is_kept(self, current):
        def tell(number):
            with current.writing() as connection:
                events.record(connection, an_event(), [self.mail(once_key="same", n=number)])

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(tell, range(8)))

        with current.reading() as connection:
            assert len(outbox.waiting(connection)) == 1
            assert len(events.since(connection, 0)) == 8

    def test_a_mail_and_its_event_stand_or_fall_together(self, current):
        def tell_and_fail():
            with current.writing() as connection:
                events.record(connection, an_event(), [self.mail()])
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            tell_and_fail()

        with current.reading() as connection:
            assert outbox.waiting(connection) == ()
            assert events.since(connection, 0) == ()
