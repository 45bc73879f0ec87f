"""What a publish credential is good for, and what it is not: over HTTP, by whoever holds it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from imprint.identity.workload import Provider
from imprint.publishers.credentials import LIFETIME_SECONDS, SecretKind, make_secret, parse_secret
from imprint.publishers.publisher import PublisherState
from imprint.registry.cleanup import KEEP_SECONDS, clean_up
from imprint.registry.exchange.revocation import revoke_credential
from imprint.storage import packages, publishers, users
from imprint.storage.schema import credentials
from tests.support.world import ADDRESS

UNKNOWN = make_secret(b"u" * 32, SecretKind.PUBLISH_CREDENTIAL).reveal()
VISIBILITY = "/-/package/@acme%2fwidget/visibility"


@pytest.fixture
def publisher(world, widget):
    return world.trust()


@pytest.mark.case("H01")
def test_a_credential_has_the_form_that_scanners_know(world, publisher):
    text = world.credential()

    assert len(text) == 55
    assert parse_secret(text).kind is SecretKind.PUBLISH_CREDENTIAL


@pytest.mark.case("H02")
def test_the_database_holds_a_hash_of_64_digits_instead_of_the_credential(world, publisher):
    world.credential()

    with world.database.reading() as connection:
        row = connection.execute(select(credentials)).one()
    assert len(row.hash) == 64
    assert set(row.hash) <= set("0123456789abcdef")


@pytest.mark.case("H03")
def test_a_credential_publishes_until_its_last_second_and_not_after(world, publisher):
    in_time, late = world.credential(), world.credential()
    world.clock.pass_(LIFETIME_SECONDS - 1)
    accepted = world.put(in_time)
    world.clock.pass_(1)

    refused = world.put(late, version="1.0.1")

    assert accepted.status == 201
    assert (refused.status, refused.code) == (401, "credential-expired")


@pytest.mark.case("H04")
def test_another_package_is_refused_by_name(world, publisher, maintainer):
    world.put(maintainer.token, "@acme/gadget")

    answer = world.put(world.credential(), "@acme/gadget", "1.0.1")

    assert (answer.status, answer.code) == (403, "wrong-package")
    assert answer.json["message"] == (
        "the publish credential is for `@acme/widget`, not for `@acme/gadget`"
    )


@pytest.mark.case("H05")
@pytest.mark.parametrize("package", ["@acme/widget", "brand-new"])
def test_a_well_formed_credential_that_nobody_gave_is_refused(world, publisher, package):
    answer = world.put(UNKNOWN, package)

    assert (answer.status, answer.code) == (401, "unknown-credential")


@pytest.mark.case("H06")
@pytest.mark.parametrize(
    "form", ["Bearer {}", "bearer {}", "beaReR    {}", "Bearer {}\n", " Bearer\t{}"]
)
def test_spellings_of_the_scheme_are_alike(world, publisher, form):
    answer = world.request("GET", "/-/whoami", authorization=form.format(world.credential()))

    assert answer.status == 200


@pytest.mark.case("H06")
@pytest.mark.parametrize(
    ("form", "code"),
    [
        ("Basic {}", "authorization-scheme"),
        ("{}", "authorization-scheme"),
        ("Bearer {} more", "damaged-token"),
        ("Bearer  ", "not-authenticated"),
        ("", "not-authenticated"),
    ],
)
def test_other_forms_of_the_header_are_refused_by_name(world, publisher, form, code):
    answer = world.request("GET", "/-/whoami", authorization=form.format(world.credential()))

    assert (answer.status, answer.code) == (401, code)


@pytest.mark.case("H07")
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/-/npm/v1/tokens", b""),
        ("POST", "/-/npm/v1/tokens", b'{"password": "x"}'),
        ("DELETE", "/-/npm/v1/tokens/token/abc", b""),
        ("GET", "/-/npm/v1/user", b""),
        ("GET", "/-/user/org.couchdb.user:maintainer", b""),
        ("DELETE", "/-/user/token/abc", b""),
        ("GET", "/-/package/@acme%2fwidget/trust", b""),
        ("GET", "/-/package/@acme%2fwidget/access", b""),
        ("POST", "/-/package/@acme%2fwidget/access", b'{"access": "restricted"}'),
        ("GET", "/-/package/@acme%2fwidget/collaborators", b""),
        ("DELETE", "/@acme%2fwidget/-rev/1", b""),
        ("GET", "/-/stage", b""),
    ],
)
def test_a_credential_reaches_nothing_outside_its_package(world, publisher, method, path, body):
    answer = world.request(method, path, body=body, token=world.credential())

    assert answer.status in (401, 403)
    assert answer.code in ("outside-package", "not-authenticated")


@pytest.mark.case("H08")
def test_a_credential_reads_its_own_package_and_who_it_is(world, publisher):
    credential = world.credential()

    whoami = world.request("GET", "/-/whoami", token=credential)
    packument = world.request("GET", "/@acme%2fwidget", token=credential)
    visibility = world.request("GET", VISIBILITY, token=credential)

    assert whoami.json["package"] == "@acme/widget"
    assert "acme/rocket" in whoami.json["username"]
    assert (packument.status, visibility.json) == (200, {"public": False})


@pytest.mark.case("H08")
def test_a_credential_reads_its_own_restricted_package_and_no_other(world, maintainer):
    for name in ("@acme/widget", "@acme/gadget"):
        world.put(maintainer.token, name, access="restricted")
    world.trust()
    credential = world.credential()

    own = world.request("GET", "/@acme%2fwidget", token=credential)
    tarball = world.request("GET", "/@acme/widget/-/widget-1.0.0.tgz", token=credential)
    other = world.request("GET", "/@acme%2fgadget", token=credential)

    assert (own.status, tarball.status) == (200, 200)
    assert (other.status, other.code) == (403, "wrong-package")


@pytest.mark.case("H10")
def test_removing_a_publisher_kills_its_credentials_at_once(world, publisher):
    credential = world.credential()
    with world.database.writing() as connection:
        publishers.remove(connection, publisher.id)

    answer = world.put(credential)

    assert (answer.status, answer.code) == (403, "publisher-changed")
    assert "1.0.0" not in world.packument().json["versions"]


@pytest.mark.case("H10")
@pytest.mark.parametrize("state", [PublisherState.DISABLED, PublisherState.ACTIVE])
def test_changing_a_publisher_kills_its_credentials_at_once(world, publisher, state):
    credential = world.credential()
    with world.database.writing() as connection:
        publishers.change_state(connection, publisher.id, state)

    answer = world.put(credential)

    assert (answer.status, answer.code) == (403, "publisher-changed")


@pytest.mark.case("H10")
def test_a_credential_of_a_removed_publisher_does_not_even_read(world, maintainer):
    world.put(maintainer.token, access="restricted")
    publisher = world.trust()
    credential = world.credential()
    with world.database.writing() as connection:
        publishers.remove(connection, publisher.id)

    answers = [
        world.request("GET", path, token=credential) for path in ("/@acme%2fwidget", "/-/whoami")
    ]

    assert [(a.status, a.code) for a in answers] == [(403, "publisher-changed")] * 2


@pytest.mark.case("H09")
def test_a_publisher_that_was_made_again_is_another(world, publisher):
    credential = world.credential()
    with world.database.writing() as connection:
        publishers.remove(connection, publisher.id)
    world.trust()

    assert world.put(credential).code == "publisher-changed"


@pytest.mark.case("H11")
def test_a_package_that_somebody_made_anew_is_another(world, publisher):
    credential = world.credential()
    with world.database.writing() as connection:
        package = packages.find(connection, "@acme/widget")
        packages.update_package(connection, package.id, name="@acme/gone", canonical="@acme/gone")
    newcomer = world.person("newcomer")
    with world.database.writing() as connection:
        packages.create(
            connection,
            package_id="00000000-0000-4000-8000-000000000001",
            name="@acme/widget",
            canonical="@acme/widget",
            access="public",
            owner_ids=(newcomer.id,),
            now=world.clock(),
        )

    answer = world.put(credential)

    assert (answer.status, answer.code) == (403, "wrong-package")


@pytest.mark.case("H12")
def test_a_publisher_that_may_only_stage_cannot_publish(world, widget):
    world.trust(permissions=("stage",))
    credential = world.credential()

    refused, staged = world.put(credential), world.stage(credential)

    assert (refused.status, refused.code) == (403, "permission-denied")
    assert refused.json["message"] == (
        "the trusted publisher may not publish: it has permission `stage`"
    )
    assert staged.status == 201


@pytest.mark.case("H12")
def test_a_publisher_that_may_only_publish_cannot_stage(world, publisher):
    answer = world.stage(world.credential())

    assert (answer.status, answer.code) == (403, "permission-denied")


@pytest.mark.case("H13", "E22")
@pytest.mark.parametrize(
    ("limit", "described", "code"),
    [
        ({"dist_tags": ("next",)}, {}, "dist-tag-denied"),
        ({"version_range": "2.x"}, {}, "version-out-of-range"),
        ({"tag_template": "v{{version}}"}, {}, "tag-version-mismatch"),
        ({"tag_template": "v{{version}}"}, {"version": "1.2.0-rc.1"}, "tag-version-mismatch"),
        ({"tag_template": "v{{version}}"}, {"version": "1.2.0+build.7"}, "tag-version-mismatch"),
    ],
)
def test_a_publishers_limits_hold_when_something_is_published(
    world, widget, limit, described, code
):
    world.trust(**limit)

    answer = world.put(world.credential(), **described)

    assert (answer.status, answer.code) == (403, code)


@pytest.mark.case("H13", "E22")
def test_what_is_within_the_limits_is_published(world, widget):
    world.trust(tag_template="v{{version}}", version_range="1.x", dist_tags=("latest", "next"))

    answer = world.put(world.credential(), version="1.2.0", tag="next")

    assert answer.status == 201


@pytest.mark.case("H13")
@pytest.mark.parametrize(
    "binding",
    [{"version": "1.0.1"}, {"sha512": "0" * 128}, {"version": "1.0.1", "sha512": "0" * 128}],
)
def test_a_credential_that_was_bound_to_one_artifact_publishes_no_other(world, publisher, binding):
    path = "/-/npm/v1/oidc/token/exchange/package/@acme%2fwidget"
    bound = world.request("POST", path, body=binding, token=world.sign()).json["token"]

    answer = world.put(bound)

    assert (answer.status, answer.code) == (403, "wrong-artifact")


@pytest.mark.case("H14")
def test_a_second_version_needs_a_second_credential(world, publisher):
    credential = world.credential()
    world.put(credential)

    answer = world.put(credential, version="1.0.1")

    assert (answer.status, answer.code) == (403, "credential-spent")
    assert answer.json["message"] == (
        "the publish credential has published `1.0.0`: it is good for one publication"
    )


@pytest.mark.stores
@pytest.mark.case("H14")
def test_of_eight_versions_at_once_one_credential_publishes_one(world, publisher):
    credential = world.credential()

    answers = world.together(*(world.putting(credential, version=f"1.0.{n}") for n in range(8)))

    assert sorted(answer.status for answer in answers) == [201] + [403] * 7
    assert len(world.packument().json["versions"]) == 2


@pytest.mark.case("H14")
def test_a_refused_publication_does_not_spend_the_credential(world, publisher):
    credential = world.credential()
    refused = world.put(credential, version="1.0.0", manifest={"version": "1.0.1"})

    accepted = world.put(credential)

    assert (refused.status, accepted.status) == (400, 201)


class TestRevocation:
    """`DELETE /-/imprint/v1/credential`, by its use case: the route is of another room."""

    @pytest.fixture
    def revoke(self, world):
        from imprint.http.requests import Request

        def send(authorization):
            headers = {} if authorization is None else {"authorization": authorization}
            request = Request(
                method="DELETE", raw_path="/", query="", headers=headers, address=ADDRESS
            )
            return revoke_credential(world.registry, request).reply

        return send

    @pytest.mark.case("H15")
    def test_a_credential_is_given_back_and_then_good_for_nothing(self, world, publisher, revoke):
        credential = world.credential()

        replies = [revoke(f"Bearer {credential}") for _ in range(2)]

        assert [reply.status for reply in replies] == [204, 204]
        assert world.put(credential).code == "credential-revoked"
        assert len(world.events("credential-revoked")) == 1

    @pytest.mark.case("H15")
    @pytest.mark.parametrize(
        ("authorization", "status"),
        [(f"Bearer {UNKNOWN}", 204), ("Bearer imp_p_short", 401), ("Bearer x", 401), (None, 401)],
    )
    def test_what_is_not_known_is_answered_alike_and_what_is_none_is_not(
        self, world, publisher, revoke, authorization, status
    ):
        assert revoke(authorization).status == status

    @pytest.mark.case("H15")
    def test_a_long_lived_token_is_not_revoked_here(self, world, maintainer, revoke):
        assert revoke(f"Bearer {maintainer.token}").status == 403
        assert world.request("GET", "/-/whoami", token=maintainer.token).status == 200


@pytest.mark.case("H16")
@pytest.mark.parametrize("at", [0, 5, 6, 30, 48, 54])
def test_a_credential_with_one_character_changed_is_no_credential(world, publisher, at):
    text = world.credential()
    changed = text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]

    answer = world.put(changed)

    assert answer.status == 401


@pytest.mark.case("H17")
def test_an_owner_who_is_disabled_ends_what_the_package_may_still_get(world, publisher):
    before = world.exchange()
    with world.database.writing() as connection:
        for owner in packages.owners_of(connection, packages.find(connection, "@acme/widget").id):
            users.set_disabled(connection, owner.user_id, at=world.clock())

    after = world.exchange()

    assert (before.status, after.status, after.code) == (201, 403, "no-able-owner")


@pytest.mark.case("H18")
def test_an_expired_credential_is_remembered_for_a_day_and_then_forgotten(world, publisher):
    credential = world.credential()
    world.clock.pass_(LIFETIME_SECONDS + KEEP_SECONDS - 1)
    early = clean_up(world.registry).credentials
    remembered = world.put(credential)
    world.clock.pass_(2)

    late = clean_up(world.registry).credentials

    assert (early, late) == (0, 1)
    assert remembered.code == "credential-expired"
    assert world.put(credential).code == "unknown-credential"


def test_exchange_and_publication_from_two_addresses_are_told(world, publisher):
    credential = world.credential()

    world.put(credential, address="198.51.100.7")

    assert world.events("address-changed")[0]["publish_address"] == "198.51.100.7"
    assert len(world.mails("address-changed")) == 1


def test_a_job_of_an_issuer_without_dist_tag_permission_cannot_tag(world, widget):
    world.trust(provider=Provider.GITLAB)
    credential = world.credential(world.sign(world.claims(Provider.GITLAB)))

    path = "/-/package/@acme%2fwidget/dist-tags/next"
    answer = world.request("PUT", path, body=b'"0.1.0"', token=credential)

    assert (answer.status, answer.code) == (403, "permission-denied")
