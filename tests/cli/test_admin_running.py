"""`imprint admin …` while a server runs on the same stores: it follows at once."""

from __future__ import annotations

import urllib.error
import urllib.request

import pytest

from tests.cli.served import issuer, running

__all__ = ["issuer", "running"]


@pytest.fixture
def admin(imprint, running):
    imprint.data = running.folder
    return imprint.admin


def whoami(running, token):
    request = urllib.request.Request(
        f"{running.url}/-/whoami", headers={"authorization": f"Bearer {token}"}
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status
    except urllib.error.HTTPError as err:
        with err:
            return err.code


def test_tokens_work_and_stop_working_at_once(admin, running):
    admin("user", "add", "ana")
    token = admin("token", "create", "--user", "ana").out.strip()

    assert whoami(running, token) == 200
    admin("user", "disable", "ana")
    assert whoami(running, token) == 403
    admin("user", "enable", "ana")
    assert whoami(running, token) == 200


def test_the_exchange_is_switched_off_and_on(admin, running):
    url = f"{running.url}/-/imprint/v1/audience"

    admin("switch", "off", "exchange", "--reason", "a test")
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(url, timeout=10)
    caught.value.close()
    admin("switch", "on", "exchange")

    assert caught.value.code == 403
    urllib.request.urlopen(url, timeout=10).close()


def test_the_server_is_found_healthy(admin):
    ran = admin("check", "--probe", "--format", "json")

    assert ran.code == 0, ran.out
    assert {check["state"] for check in ran.json["checks"]} == {"ok"}
