"""Asking for packuments: which address, with which credential, and how often."""

import pytest

from imprint.npm.names import PackageName
from imprint.publishers.credentials import Secret
from imprint.upstream.documents import Document, Validators
from imprint.upstream.failures import FetchFailed, FetchReason
from imprint.upstream.fetch import Fetcher
from imprint.upstream.packuments import (
    NoSuchPackage,
    Retries,
    Unchanged,
    ask_for_packument,
    persistently,
)
from imprint.upstream.registries import UpstreamRegistry
from tests.support.fake_issuer import Answer, FakeClock, FakeIssuer

pytestmark = pytest.mark.anyio

NAME = PackageName.parse("@acme/widget")
PATH = "/npm/@acme%2fwidget"


@pytest.fixture
async def server():
    async with FakeIssuer() as running:
        yield running


@pytest.fixture
def clock():
    return FakeClock()


async def asked(server, clock, *, url=None, credential_for=lambda _: None, most=2, **more):
    async with Fetcher() as fetcher:
        registry = UpstreamRegistry(
            fetcher=fetcher, url=url or f"{server.url}/npm/", credential_for=credential_for
        )
        retries = Retries(most=most, sleep=clock.sleep)
        return await ask_for_packument(registry, NAME, retries=retries, timeout_seconds=5.0, **more)


async def refused(*arguments, **more):
    with pytest.raises(FetchFailed) as caught:
        await asked(*arguments, **more)
    return caught.value


def answers_in_turn(server, *answers):
    """Answer the path by each in turn, and by the last from then on."""

    class Turns(dict[str, Answer]):
        def get(self, path, default=None):
            return answers[min(len(server.requests), len(answers)) - 1]

    server.answers = Turns()


async def test_a_registry_below_a_path_is_asked_there(server, clock):
    server.answers["/npm/@acme/widget"] = Answer(b"{}", headers={"ETag": '"1"'})

    found = await asked(server, clock)

    assert found == Document(body=b"{}", validators=Validators(etag='"1"'))
    assert server.headers[0]["Accept"] == "application/json"


async def test_a_known_packument_that_did_not_change_is_unchanged(server, clock):
    server.answers["/npm/@acme/widget"] = Answer(status=304)

    assert await asked(server, clock, known=Validators(etag='"1"')) == Unchanged()


@pytest.mark.parametrize("status", [404, 410])
async def test_what_is_not_there_is_said_and_asked_for_once(server, clock, status):
    server.answers["/npm/@acme/widget"] = Answer(status=status)

    assert await asked(server, clock) == NoSuchPackage()
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 451])
async def test_a_refusal_is_no_absence_and_not_asked_for_again(server, clock, status):
    server.answers["/npm/@acme/widget"] = Answer(status=status)

    assert (await refused(server, clock)).status == status
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
async def test_a_passing_failure_is_asked_for_again(server, clock, status):
    answers_in_turn(server, Answer(status=status), Answer(status=status), Answer(b"{}"))

    found = await asked(server, clock)

    assert found.body == b"{}"
    assert 0.125 <= clock.slept[0] <= 0.25
    assert 0.25 <= clock.slept[1] <= 0.5


async def test_a_failure_that_stays_is_asked_for_three_times(server, clock):
    server.answers["/npm/@acme/widget"] = Answer(status=500)

    assert (await refused(server, clock)).reason is FetchReason.STATUS
    assert len(server.requests) == 3


async def test_a_connection_that_breaks_off_is_tried_again(server, clock):
    answers_in_turn(server, Answer(drops=True), Answer(b"{}"))

    assert (await asked(server, clock)).body == b"{}"


async def test_a_server_that_asks_to_wait_is_waited_for(server, clock):
    answers_in_turn(server, Answer(status=429, headers={"Retry-After": "7"}), Answer(b"{}"))

    await asked(server, clock)

    assert clock.slept == [7.0]


async def test_a_server_that_asks_to_wait_for_long_is_left_alone(server, clock):
    server.answers["/npm/@acme/widget"] = Answer(status=503, headers={"Retry-After": "11"})

    await refused(server, clock)

    assert (clock.slept, len(server.requests)) == ([], 1)


async def test_a_credential_goes_to_the_host_that_it_is_for_alone(server, clock):
    server.answers["/npm/@acme/widget"] = Answer(b"{}")
    asked_for = []

    def credential_for(url):
        asked_for.append(url)
        return Secret("token-of-acme")

    await asked(server, clock, credential_for=credential_for)

    assert asked_for == [server.url + PATH]
    assert server.headers[0]["Authorization"] == "Bearer token-of-acme"


async def test_a_redirect_to_another_host_takes_no_credential_along(server, clock):
    async with FakeIssuer() as other:
        server.answers["/npm/@acme/widget"] = Answer(
            status=302, headers={"Location": f"{other.url}/npm/@acme/widget"}
        )

        failure = await refused(server, clock, credential_for=lambda _: Secret("token"))

        assert failure.reason is FetchReason.REDIRECT
        assert other.requests == []


async def test_a_redirect_that_goes_round_is_ended(server, clock):
    server.answers["/npm/@acme/widget"] = Answer(status=307, headers={"Location": "?again"})

    failure = await refused(server, clock)

    assert failure.reason is FetchReason.REDIRECT
    assert len(server.requests) == 4


@pytest.mark.parametrize(
    ("reason", "times"), [(FetchReason.TIMEOUT, 2), (FetchReason.UNREACHABLE, 4)]
)
async def test_who_waited_long_in_vain_waits_once_more_and_no_longer(clock, reason, times):
    asked_at: list[int] = []

    async def ask():
        asked_at.append(len(asked_at))
        raise FetchFailed(reason, "it did not answer", is_transient=True)

    with pytest.raises(FetchFailed):
        await persistently(ask, retries=Retries(most=3, sleep=clock.sleep))

    assert len(asked_at) == times
