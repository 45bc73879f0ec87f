"""An ID token is good once: in turn, at once, from elsewhere, and for as long as it could be."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.schema import DropTable

from imprint.identity.workload import Provider
from imprint.registry.cleanup import clean_up
from imprint.storage import issuers, publishers
from imprint.storage.schema import credentials, replays
from imprint.tokens.issuers import Issuer

ELSEWHERE = "198.51.100.7"


@pytest.fixture
def publisher(world, widget):
    return world.trust()


@pytest.fixture
def job(world, widget):
    """The publisher of an issuer that has one token for a whole job."""
    return world.trust(provider=Provider.GITLAB, permissions=("publish", "dist-tag"))


@pytest.mark.case("G01")
def test_a_token_is_exchanged_once(world, publisher):
    id_token = world.sign()
    world.exchange(id_token)

    again = world.exchange(id_token)

    assert (again.status, again.code) == (409, "already-used")
    assert again.json["message"] == "the ID token was exchanged for `@acme/widget` already"
    assert world.live_credentials() == 1


@pytest.mark.case("G02")
def test_a_token_of_a_whole_job_is_good_for_each_package_of_the_repository(world, job, maintainer):
    world.put(maintainer.token, "@acme/gadget")
    world.trust("@acme/gadget", provider=Provider.GITLAB)
    id_token = world.sign(world.claims(Provider.GITLAB))

    answers = [world.exchange(id_token, package=name) for name in ("@acme/widget", "@acme/gadget")]

    assert [answer.status for answer in answers] == [201, 201]


@pytest.mark.case("G02")
def test_a_token_of_one_request_is_good_for_one_package(world, publisher, maintainer):
    world.put(maintainer.token, "@acme/gadget")
    world.trust("@acme/gadget")
    id_token = world.sign()

    answers = [world.exchange(id_token, package=name) for name in ("@acme/widget", "@acme/gadget")]

    assert [answer.status for answer in answers] == [201, 409]


@pytest.mark.stores
@pytest.mark.case("G03")
def test_twenty_exchanges_of_one_token_at_once_leave_one_live_credential(world, publisher):
    id_token = world.sign()

    answers = world.together(*(world.exchanging(id_token) for _ in range(20)))

    assert sorted(answer.status for answer in answers) == [201] + [409] * 19
    assert world.live_credentials() == 1
    assert len(world.audit()) == 20


@pytest.mark.stores
@pytest.mark.case("G03", "G11")
def test_twenty_exchanges_of_a_jobs_token_at_once_leave_one_live_credential(world, job):
    id_token = world.sign(world.claims(Provider.GITLAB))

    answers = world.together(*(world.exchanging(id_token) for _ in range(20)))

    assert {answer.status for answer in answers} <= {201, 409}
    assert world.live_credentials() == 1


@pytest.mark.case("G04")
def test_a_token_is_claimed_before_anything_is_minted_of_it(world, publisher):
    written = []

    def note(statement):
        if statement.startswith("INSERT"):
            written.append(statement.split()[2])

    with world.database.writing() as connection:
        connection.connection.driver_connection.set_trace_callback(note)
    world.exchange()

    assert written[:2] == ["replays", "credentials"]


@pytest.mark.case("G05")
def test_the_record_of_a_token_outlives_the_token_with_leeway_and_margin(world, publisher):
    claims = world.claims()

    world.exchange(world.sign(claims))

    with world.database.reading() as connection:
        kept_until = connection.execute(select(replays.c.expires_at)).scalar_one()
    assert kept_until > claims["exp"] + 60


@pytest.mark.case("G06")
def test_cleaning_up_removes_the_records_of_expired_tokens_alone(world, publisher):
    world.exchange(world.sign(world.claims()))
    world.exchange(world.sign(world.claims(exp=int(world.clock()) + 3000)))
    early = clean_up(world.registry).replays
    world.clock.pass_(1800)

    late = clean_up(world.registry).replays

    assert (early, late) == (0, 1)
    assert world.row_counts()["replays"] == 1


@pytest.mark.case("G07")
def test_a_refused_exchange_does_not_burn_its_token(world, widget):
    world.trust(environment="production")
    id_token = world.sign()
    refused = world.exchange(id_token)
    world.trust()

    accepted = world.exchange(id_token)

    assert (refused.status, accepted.status) == (403, 201)


@pytest.mark.case("G08")
@pytest.mark.parametrize("token_id", [None, "", "   ", ["a"], 7, "x" * 257])
def test_a_token_without_a_proper_id_is_refused(world, publisher, token_id):
    answer = world.exchange(world.sign(world.claims(jti=token_id)))

    assert (answer.status, answer.code) in [(400, "missing-claim"), (400, "malformed-claim")]
    assert "`jti`" in answer.json["message"]


@pytest.mark.case("G09")
def test_the_same_id_from_two_issuers_is_two_tokens(world, publisher):
    mirror = Issuer(name="mirror", url="https://mirror.example.test", provider=Provider.GITHUB)
    with world.database.writing() as connection:
        issuers.add(connection, mirror, now=world.clock())
    world.trust(issuer_name="mirror")
    world.trust(issuer_name="github", environment="npm")
    claims = world.claims(jti="same")

    answers = [
        world.exchange(world.sign({**claims, "iss": url}))
        for url in (claims["iss"], mirror.url, mirror.url)
    ]

    assert [answer.status for answer in answers] == [201, 201, 409]


@pytest.mark.case("G10")
def test_a_used_token_stays_used_when_its_publisher_is_removed_and_made_again(world, publisher):
    id_token = world.sign()
    world.exchange(id_token)
    with world.database.writing() as connection:
        publishers.remove(connection, publisher.id)
    world.trust()

    again = world.exchange(id_token)

    assert (again.status, again.code) == (409, "already-used")


@pytest.mark.case("G11")
def test_a_job_whose_answer_was_lost_gets_another_credential_and_the_first_dies(world, job):
    id_token = world.sign(world.claims(Provider.GITLAB))
    first = world.credential(id_token)

    second = world.credential(id_token)

    assert world.put(first).code == "credential-revoked"
    assert world.put(second).status == 201


@pytest.mark.case("G11")
def test_a_job_that_has_published_gets_credentials_for_dist_tags_alone(world, job):
    id_token = world.sign(world.claims(Provider.GITLAB))
    world.put(world.credential(id_token))

    later = world.credential(id_token)

    path = "/-/package/@acme%2fwidget/dist-tags/next"
    assert world.put(later, version="1.0.1").code == "credential-spent"
    assert world.request("PUT", path, body=b'"1.0.0"', token=later).status == 201


@pytest.mark.case("G11")
def test_a_job_that_has_published_and_may_not_tag_gets_nothing_more(world, widget):
    world.trust(provider=Provider.GITLAB)
    id_token = world.sign(world.claims(Provider.GITLAB))
    world.put(world.credential(id_token))

    again = world.exchange(id_token)

    assert (again.status, again.code) == (409, "already-used")


@pytest.mark.case("G11")
def test_a_token_that_comes_again_from_elsewhere_voids_and_is_told(world, job):
    id_token = world.sign(world.claims(Provider.GITLAB))
    credential = world.credential(id_token)

    stolen = world.exchange(id_token, address=ELSEWHERE)

    assert (stolen.status, stolen.code) == (409, "already-used")
    assert world.put(credential).code == "credential-revoked"
    assert len(world.events("id-token-replayed")) == 1
    assert [mail["recipient"] for mail in world.mails("id-token-replayed")] == [
        "maintainer@acme.example.test"
    ]


@pytest.mark.case("G01")
def test_a_builders_token_without_an_id_is_recognised_by_its_text(world, widget):
    world.trust(provider=Provider.GENERIC)
    id_token = world.sign(world.claims(Provider.GENERIC))
    world.exchange(id_token)

    again = world.exchange(id_token)

    assert again.status == 409


@pytest.mark.case("G12")
def test_where_tokens_cannot_be_recorded_nothing_is_minted(world, publisher):
    with world.database.writing() as connection:
        connection.execute(DropTable(replays))

    answer = world.exchange()

    with world.database.reading() as connection:
        minted = connection.execute(select(credentials)).all()
    assert answer.status >= 500
    assert minted == []


@pytest.mark.case("H02")
def test_of_a_credential_only_its_hash_is_kept(world, publisher):
    text = world.credential()

    world.database.close()
    kept = b"".join(path.read_bytes() for path in world.folder.glob("imprint.sqlite3*"))
    assert text.encode() not in kept
    assert text[6:20].encode() not in kept
