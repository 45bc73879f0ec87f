"""What an attacker with one of the keys, a flood, or good timing would try."""

from __future__ import annotations

import asyncio
import gzip
import time
from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from imprint.http.asgi import address_of, headers_of, read_body
from imprint.identity.workload import Provider
from imprint.publishers.credentials import SecretKind, make_secret
from imprint.registry.administration import accounts, rules
from imprint.registry.authority.passwords import hash_password, is_password
from imprint.registry.context import HOUR_SECONDS, MOST_GUESSES, MOST_RECORDED
from imprint.storage import packages, users
from imprint.tokens.keysets import KeySet
from tests.support.tarballs import publish_body

PASSWORD = "correct horse battery"
STRANGER = {
    "repository": "mallory/fork",
    "repository_id": "666",
    "repository_owner": "mallory",
    "repository_owner_id": "667",
    "workflow_ref": "mallory/fork/.github/workflows/x.yml@refs/heads/main",
    "job_workflow_ref": "mallory/fork/.github/workflows/x.yml@refs/heads/main",
}


class TestPasswords:
    def test_four_checks_of_passwords_at_once_end(self):
        stored = hash_password(PASSWORD, salt=b"s" * 16)
        pool = ThreadPoolExecutor(4)

        checks = [pool.submit(is_password, PASSWORD, stored) for _ in range(4)]

        done, _ = wait(checks, timeout=30)
        pool.shutdown(wait=False)
        assert [check.result() for check in done] == [True] * 4


class TestGuessing:
    TRUST = "/-/package/@acme%2fwidget/trust"

    def guess(self, world, token, code="000000"):
        return world.request("GET", self.TRUST, token=token, npm_otp=code)

    def test_codes_cannot_be_tried_without_end(self, world, widget):
        wrong = [self.guess(world, widget.token).code for _ in range(MOST_GUESSES)]

        answer = self.guess(world, widget.token, world.otp(widget))

        assert wrong == ["second-factor-wrong"] * MOST_GUESSES
        assert (answer.status, answer.code) == (429, "too-many-guesses")
        assert answer.headers["retry-after"] == "3600"
        assert answer.json["message"] == (
            "10 one-time passwords in a row were wrong: no more are taken for now"
        )

    def test_whoever_guessed_may_try_again_later(self, world, widget):
        for _ in range(MOST_GUESSES + 5):
            self.guess(world, widget.token)

        world.clock.pass_(HOUR_SECONDS)

        assert self.guess(world, widget.token, world.otp(widget)).status == 200

    def test_a_good_code_ends_the_count(self, world, widget):
        for _ in range(MOST_GUESSES - 1):
            self.guess(world, widget.token)
        self.guess(world, widget.token, world.otp(widget))
        world.clock.pass_(3000)

        again = [self.guess(world, widget.token).code for _ in range(MOST_GUESSES)]

        assert again == ["second-factor-wrong"] * MOST_GUESSES

    def test_guesses_with_one_token_do_not_lock_out_another(self, world, widget):
        for _ in range(MOST_GUESSES + 1):
            self.guess(world, widget.token)

        answer = self.guess(world, world.token_of(widget), world.otp(widget))

        assert answer.status == 200

    def test_codes_at_the_login_are_counted_too(self, world, maintainer):
        with world.database.writing() as connection:
            users.set_password(connection, maintainer.id, hash_password(PASSWORD, salt=b"s" * 16))

        codes = [
            world.request(
                "PUT",
                "/-/user/org.couchdb.user:maintainer",
                body={"name": "maintainer", "password": PASSWORD},
                npm_otp="000000",
            ).code
            for _ in range(MOST_GUESSES + 1)
        ]

        assert codes == [*["second-factor-wrong"] * MOST_GUESSES, "too-many-guesses"]

    @pytest.mark.stores
    def test_guesses_at_the_same_moment_are_counted_each(self, world, widget):
        answers = world.together(
            *(
                world.send("GET", self.TRUST, token=widget.token, npm_otp=f"{n:06d}")
                for n in range(MOST_GUESSES + 6)
            )
        )

        assert [answer.code for answer in answers].count("too-many-guesses") == 6


@pytest.mark.stores
class TestAtTheSameMoment:
    """On PostgreSQL nobody waits for the other by himself."""

    ROUNDS = 6

    @pytest.fixture
    def widgets(self, world, maintainer):
        names = [f"widget-{n}" for n in range(self.ROUNDS)]
        for name in names:
            assert world.put(maintainer.token, name).status == 201
        return names

    @pytest.fixture
    def admins(self, world):
        return [world.person(name, is_admin=True) for name in ("root", "root2")]

    def test_what_was_unpublished_serves_no_version_that_came_meanwhile(
        self, world, widgets, maintainer, admins
    ):
        root, _ = admins
        for name in widgets:
            world.clock.pass_(30)
            world.together(
                world.send("DELETE", f"/{name}/-rev/1", token=root.token, npm_otp=world.otp(root)),
                world.putting(maintainer.token, name, "1.1.0"),
            )

        served = [world.request("GET", f"/{name}/-/{name}-1.1.0.tgz").status for name in widgets]

        assert served == [404] * self.ROUNDS

    def test_of_two_who_set_owners_one_was_last(self, world, widgets, maintainer, admins):
        world.person("alice"), world.person("bob")
        owners = []
        for name in widgets:
            world.clock.pass_(30)
            answers = world.together(
                *(
                    world.send(
                        "PUT",
                        f"/{name}/-rev/1",
                        body={"_id": name, "maintainers": [{"name": n} for n in wanted]},
                        token=by.token,
                        npm_otp=world.otp(by),
                    )
                    for by, wanted in zip(
                        admins, (("maintainer", "alice"), ("maintainer", "bob")), strict=True
                    )
                )
            )
            assert [answer.status for answer in answers] == [200, 200]
            owners.append(world.packument(name).json["maintainers"])

        assert {len(found) for found in owners} == {2}

    def test_a_rule_is_not_lost_to_whoever_sets_another(self, world, widgets, maintainer):
        kept = []
        for name in widgets:
            path = f"/-/package/{name}/access"
            world.together(
                world.send("POST", path, body={"access": "restricted"}, token=maintainer.token),
                world.send(
                    "POST", path, body={"publish_requires_tfa": True}, token=maintainer.token
                ),
            )
            answer = world.request("GET", path, token=maintainer.token).json
            kept.append((answer["access"], answer["token_rule"]))

        assert set(kept) == {("restricted", "disallowed")}

    def test_a_version_is_staged_once(self, world, widgets, maintainer):
        path, body = f"/-/stage/package/{widgets[0]}", publish_body(widgets[0], "2.0.0")

        answers = world.together(
            *(world.send("POST", path, body=body, token=maintainer.token) for _ in range(4))
        )

        assert sorted(answer.status for answer in answers) == [201, 409, 409, 409]


class TestUnconfirmed:
    """A publisher without ids was pinned by a run, and no owner has looked yet."""

    @pytest.fixture
    def credential(self, world, widget):
        world.trust(
            by=widget, repository_id=None, owner_id=None, permissions=("publish", "dist-tag")
        )
        return world.credential()

    def test_it_moves_no_dist_tags(self, world, credential):
        answer = world.request(
            "PUT", "/-/package/@acme%2fwidget/dist-tags/latest", body=b'"0.1.0"', token=credential
        )

        assert (answer.status, answer.code) == (403, "permission-denied")
        assert answer.json["message"] == (
            "no owner has confirmed the trusted publisher's ids: it may publish, which waits"
            " for an approval, and change no dist-tags"
        )

    @pytest.mark.parametrize(
        "path", ["/@acme%2fwidget", "/@acme%2fwidget/0.1.0", "/@acme/widget/-/widget-0.1.0.tgz"]
    )
    def test_it_reads_nothing_that_is_restricted(self, world, widget, credential, path):
        public = world.request("GET", path, token=credential)
        world.request(
            "POST",
            "/-/package/@acme%2fwidget/access",
            body={"access": "restricted"},
            token=widget.token,
        )

        assert public.status == 200
        assert world.request("GET", path, token=credential).status == 404
        assert world.put(credential).status == 201


class TestKillSwitches:
    LATEST = "/-/package/@acme%2fwidget/dist-tags/latest"

    @pytest.fixture(params=[("publish", ""), ("package", "@acme/widget")])
    def staged_id(self, request, world, widget):
        world.put(widget.token, version="0.2.0")
        kind, target = request.param
        staged = world.stage(widget.token, version="0.3.0").json["stageId"]
        rules.switch_off(
            world.registry, kind=kind, target=target, reason="under investigation", by="operator"
        )
        return staged

    def test_what_is_off_is_not_approved_either(self, world, widget, staged_id):
        answer = world.request(
            "POST", f"/-/stage/{staged_id}/approve", token=widget.token, npm_otp=world.otp(widget)
        )

        assert (answer.status, answer.code) == (403, "publishing-switched-off")
        assert "0.3.0" not in world.packument().json["versions"]

    def test_what_is_off_keeps_its_dist_tags(self, world, widget, staged_id):
        answer = world.request("PUT", self.LATEST, body=b'"0.1.0"', token=widget.token)

        assert (answer.status, answer.code) == (403, "publishing-switched-off")
        assert world.packument().json["dist-tags"] == {"latest": "0.2.0"}

    def test_a_run_moves_no_dist_tag_of_what_is_off(self, world, widget):
        world.trust(by=widget, permissions=("publish", "dist-tag"))
        credential = world.credential()
        rules.switch_off(world.registry, kind="publish", target="", reason="x", by="operator")

        answer = world.request("PUT", self.LATEST, body=b'"0.1.0"', token=credential)

        assert (answer.status, answer.code) == (403, "publishing-switched-off")

    def test_a_stranger_is_not_told_that_anything_is_off(self, world, staged_id):
        answer = world.request("PUT", self.LATEST, body=b'"0.1.0"')

        assert answer.code == "not-authenticated"


class TestAddresses:
    @pytest.mark.parametrize(
        "lines",
        [
            [b"203.0.113.9, 198.51.100.7"],
            [b"203.0.113.9", b"198.51.100.7"],
            [b"203.0.113.9", b"192.0.2.1", b"198.51.100.7, 10.0.0.1"],
        ],
        ids=["one line", "a line of the proxy's own", "two proxies"],
    )
    def test_a_client_cannot_choose_the_address_that_it_comes_from(self, lines):
        scope = {
            "headers": [(b"x-forwarded-for", line) for line in lines],
            "client": ("10.0.0.2", 40_000),
        }

        address = address_of(scope, headers_of(scope), frozenset({"10.0.0.1", "10.0.0.2"}))

        assert address == "198.51.100.7"


def test_an_advisory_request_cannot_fill_the_memory(world):
    body = gzip.compress(b'{"a": [%s""]}' % (b'"",' * 2_000_000))

    answer = world.request(
        "POST", "/-/npm/v1/security/advisories/bulk", body=body, content_encoding="gzip"
    )

    # It is not even unpacked.
    assert (answer.status, answer.code) == (404, "no-advisories")


class TestFloods:
    @pytest.mark.parametrize(
        ("method", "path"),
        [("PUT", "/lib"), ("PUT", "/lib/-rev/1"), ("POST", "/-/stage/package/lib")],
    )
    @pytest.mark.parametrize(
        "token", [None, "imp_t_nonsense", make_secret(b"x" * 32, SecretKind.TOKEN).reveal()]
    )
    def test_nothing_is_kept_of_what_a_stranger_sends(self, world, method, path, token):
        answer = world.request(method, path, body=b"x" * 3_000_000, token=token)

        assert answer.status == 401

    def test_a_body_that_is_not_kept_is_read_and_gone(self):
        pieces = [bytes(1024 * 1024) for _ in range(8)]
        messages = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]

        async def receive():
            return messages.pop() if messages else {"type": "http.request", "body": b""}

        body = asyncio.run(read_body(receive, {}, limit=64 * 1024 * 1024, keep=False))

        assert (body, messages) == (b"", [])

    def test_whoever_logs_in_waits_and_nobody_else(self, world, widget):
        body = {"name": "nobody", "password": PASSWORD}
        order = []

        async def noted(what, request):
            await request
            order.append(what)

        world.together(
            *(
                noted("login", world.send("PUT", "/-/user/org.couchdb.user:nobody", body=body))
                for _ in range(9)
            ),
            noted("read", world.send("GET", "/@acme%2fwidget/0.1.0")),
        )

        assert order[0] == "read"


class TestFiveMinutes:
    """A code for the list of trusted publishers opens no door that hands the package over."""

    @pytest.fixture
    def opened(self, world, widget):
        with world.database.writing() as connection:
            users.set_password(connection, widget.id, hash_password(PASSWORD, salt=b"s" * 16))
        listed = world.request(
            "GET", "/-/package/@acme%2fwidget/trust", token=widget.token, npm_otp=world.otp(widget)
        )
        assert listed.status == 200
        return widget

    @pytest.mark.parametrize(
        ("method", "path", "body"),
        [
            (
                "PUT",
                "/@acme%2fwidget/-rev/1",
                {"_id": "@acme/widget", "maintainers": [{"name": "mallory"}]},
            ),
            ("DELETE", "/@acme%2fwidget/-rev/1", {}),
            (
                "POST",
                "/-/package/@acme%2fwidget/access",
                {"publish_requires_tfa": True, "automation_token_overrides_tfa": True},
            ),
            ("POST", "/-/npm/v1/tokens", {"password": PASSWORD}),
        ],
        ids=["owners", "unpublish", "loosen", "token"],
    )
    def test_it_takes_a_code_of_its_own(self, world, opened, method, path, body):
        world.person("mallory")

        without = world.request(method, path, body=body, token=opened.token)
        world.clock.pass_(30)
        with_code = world.request(
            method, path, body=body, token=opened.token, npm_otp=world.otp(opened)
        )

        assert (without.status, without.code) == (401, "second-factor-needed")
        assert with_code.status in (200, 201)

    def test_further_changes_of_trust_take_none(self, world, opened):
        again = world.request("GET", "/-/package/@acme%2fwidget/trust", token=opened.token)

        assert again.status == 200


class TestBoundsOfTokens:
    @pytest.fixture
    def make(self, world, maintainer):
        with world.database.writing() as connection:
            users.set_password(connection, maintainer.id, hash_password(PASSWORD, salt=b"s" * 16))

        def send(**fields):
            return world.request(
                "POST",
                "/-/npm/v1/tokens",
                body={"password": PASSWORD, **fields},
                token=maintainer.token,
                npm_otp=world.otp(maintainer),
            )

        return send

    @pytest.mark.parametrize("bound", ["cidr_whitelist", "orgs"])
    def test_a_bound_that_would_not_hold_is_refused(self, make, bound):
        answer = make(**{bound: ["10.0.0.0/8"]})

        assert (answer.status, answer.code) == (400, "malformed-body")
        assert answer.json["message"] == f"`{bound}` is set, and tokens here know no such bound"

    def test_an_empty_list_is_no_bound(self, make):
        assert make(cidr_whitelist=[], orgs=None).status == 201

    def test_of_two_permissions_the_narrower_holds(self, make):
        answer = make(readonly=True, packages_and_scopes_permission="read-write")

        assert answer.json["permission"] == "read-only"


@pytest.mark.stores
class TestSquatting:
    """Staging for a name that nobody has, so that its owner finds it among their own."""

    NEW = "@acme/new"

    @pytest.fixture
    def squatted(self, world, maintainer):
        mallory = world.person("mallory")
        staged = world.stage(mallory.token, self.NEW, "1.0.1")
        assert staged.status == 201
        return staged.json["stageId"]

    def waiting(self, world, person):
        items = world.request("GET", "/-/stage", token=person.token).json["items"]
        return [item["version"] for item in items]

    def test_a_new_package_has_nothing_that_others_staged(self, world, maintainer, squatted):
        world.put(maintainer.token, self.NEW)

        approval = world.request(
            "POST",
            f"/-/stage/{squatted}/approve",
            token=maintainer.token,
            npm_otp=world.otp(maintainer),
        )

        assert self.waiting(world, maintainer) == []
        assert (approval.status, approval.code) == (409, "already-decided")

    def test_nobody_is_kept_from_staging_a_version_first(self, world, maintainer, squatted):
        world.trust(self.NEW, by=maintainer, permissions=("stage",))

        staged = world.stage(world.credential(package=self.NEW), self.NEW, "1.0.1")
        approval = world.request(
            "POST",
            f"/-/stage/{staged.json['stageId']}/approve",
            token=maintainer.token,
            npm_otp=world.otp(maintainer),
        )

        assert (staged.status, approval.status) == (201, 201)
        assert world.packument(self.NEW).json["versions"].keys() == {"1.0.1"}

    def test_ones_own_staged_versions_stay_when_the_first_is_published(self, world, maintainer):
        first = world.stage(maintainer.token, self.NEW, "1.0.0").json["stageId"]
        world.stage(maintainer.token, self.NEW, "1.1.0")

        world.request(
            "POST",
            f"/-/stage/{first}/approve",
            token=maintainer.token,
            npm_otp=world.otp(maintainer),
        )

        assert self.waiting(world, maintainer) == ["1.1.0"]

    def test_ones_own_version_waits_once_also_where_there_is_no_package(self, world, maintainer):
        answers = [world.stage(maintainer.token, self.NEW) for _ in range(2)]

        assert [answer.status for answer in answers] == [201, 409]

    def test_no_name_is_staged_that_nobody_may_have(self, world, widget):
        world.request(
            "DELETE", "/@acme%2fwidget/-rev/1", token=widget.token, npm_otp=world.otp(widget)
        )

        answers = [world.stage(widget.token, name).code for name in ("@acme/widget", "fs")]

        assert answers == ["name-unpublished", "reserved-name"]
        assert world.row_counts()["staged"] == 0


class TestFloodsOfExchanges:
    def test_a_stranger_with_proved_tokens_cannot_fill_the_database(self, world, widget):
        world.trust(by=widget)
        before = world.row_counts()

        answers = {
            world.exchange(world.sign(world.claims(**STRANGER))).status
            for _ in range(MOST_RECORDED + 20)
        }

        after = world.row_counts()
        assert answers == {404}
        assert after["exchanges"] - before["exchanges"] == MOST_RECORDED
        assert after["events"] - before["events"] == MOST_RECORDED

    def test_another_repository_is_recorded_still(self, world, widget):
        for _ in range(MOST_RECORDED + 1):
            world.exchange(world.sign(world.claims(**STRANGER)))

        world.exchange(world.sign(world.claims(event_name="pull_request_target")))

        assert len(world.audit()) == MOST_RECORDED + 1

    def test_a_stolen_token_that_is_sent_again_and_again_is_one_mail_to_each_owner(
        self, world, widget
    ):
        world.trust(by=widget)
        id_token = world.sign()
        world.exchange(id_token)

        for _ in range(5):
            world.exchange(id_token, address="198.51.100.7")

        assert len(world.events("id-token-replayed")) == 5
        assert len(world.mails("id-token-replayed")) == 1
        assert world.live_credentials() == 0


def test_a_run_publishes_no_more_once_every_owner_is_disabled(world, widget):
    world.trust(by=widget)
    credential = world.credential()
    accounts.set_user_enabled(world.registry, widget.name, enabled=False, by="operator")

    answer = world.put(credential)

    assert (answer.status, answer.code) == (403, "no-able-owner")


class TestWhatStrangersLearn:
    def test_a_run_that_proves_nothing_is_not_told_of_similar_names(self, world, maintainer):
        world.put(maintainer.token, "secret-lib", access="restricted")
        world.trust("secretlib2", by=maintainer)

        answers = [
            world.exchange(world.sign(world.claims(**STRANGER)), package=name).code
            for name in ("secretlib", "no-such-lib", "fs")
        ]

        assert answers == ["no-publisher"] * 3

    @pytest.mark.parametrize(
        ("name", "password"),
        [
            ("nobody", "x" * 300),
            ("maintainer", "x" * 12),
            ("maintainer", "x" * 300),
            ("robot", "x" * 12),
            ("gone", "x" * 12),
        ],
    )
    def test_a_login_costs_the_same_whoever_it_is(self, world, maintainer, name, password):
        world.person("robot")
        gone = world.person("gone")
        started = time.process_time()
        stored = hash_password(PASSWORD, salt=b"s" * 16)
        cost = time.process_time() - started
        with world.database.writing() as connection:
            for person in (maintainer, gone):
                users.set_password(connection, person.id, stored)
            users.set_disabled(connection, gone.id, at=world.clock())

        started = time.process_time()
        answer = world.request(
            "PUT",
            f"/-/user/org.couchdb.user:{name}",
            body={"name": name, "password": password},
        )

        assert answer.code == "wrong-password"
        assert time.process_time() - started > cost / 3


class SlowKeys:
    """The issuers' keys, after a while."""

    def __init__(self, world, seconds):
        self.world, self.seconds = world, seconds

    async def get(self, issuer, key_id=None):
        self.world.clock.pass_(self.seconds)
        return KeySet.parse(self.world.signer.jwks()), 0.0


@pytest.mark.case("G05")
def test_no_token_is_used_after_its_record_may_be_gone(world, widget):
    world.trust(by=widget)
    id_token = world.sign(world.claims(exp=int(world.clock()) + 10))
    world.clock.pass_(69)
    world.serve(keysets=SlowKeys(world, 7))

    answer = world.exchange(id_token)

    assert (answer.status, answer.code) == (401, "token-expired")
    assert answer.json["message"] == "token expired while the registry was busy"


def test_a_clock_that_is_set_back_keeps_nothing_fresh(world, widget):
    world.packument()
    world.clock.pass_(-3600)
    with world.database.writing() as connection:  # another process
        package = packages.find(connection, "@acme/widget")
        packages.update_package(connection, package.id, access="restricted")
        packages.changed(connection, package.id, now=world.clock())

    answer = world.packument()

    assert answer.status == 404


class TestTokensForSomePackages:
    @pytest.mark.parametrize(
        "path",
        ["/@acme%2fwidget", "/@acme%2fwidget/0.1.0", "/@acme/widget/-/widget-0.1.0.tgz"],
    )
    @pytest.mark.parametrize(
        ("targets", "status"),
        [((), 200), (("@acme/widget",), 200), (("@acme/*",), 200), (("@acme/gadget",), 404)],
    )
    def test_they_read_no_others_that_are_restricted(self, world, widget, path, targets, status):
        access = {"access": "restricted"}
        world.request("POST", "/-/package/@acme%2fwidget/access", body=access, token=widget.token)
        token = world.token_of(widget, permission="read-only", targets=targets)

        answer = world.request("GET", path, token=token)

        assert answer.status == status

    def test_they_are_shown_nothing_staged_of_others(self, world, widget):
        world.stage(widget.token, version="0.2.0")
        token = world.token_of(widget, targets=("@acme/gadget",))

        answer = world.request("GET", "/-/stage", token=token)

        assert answer.json["items"] == []


def test_a_fork_in_the_same_circleci_project_publishes_nothing(world, widget):
    world.trust(by=widget, provider=Provider.CIRCLECI)
    claims = world.claims(Provider.CIRCLECI)
    fork = {"oidc.circleci.com/vcs-origin": "forge.example.test/mallory/rocket"}

    own = world.exchange(world.sign(claims))
    answer = world.exchange(world.sign({**claims, **fork}))

    assert own.status == 201
    assert (answer.status, answer.code) == (403, "origin-mismatch")
    assert answer.json["message"] == (
        "trusted publisher of `@acme/widget` refuses this run: `oidc.circleci.com/vcs-origin` is"
        " `forge.example.test/mallory/rocket`, expected `forge.example.test/acme/rocket`"
    )
    assert world.events("publisher-relabelled") == []
