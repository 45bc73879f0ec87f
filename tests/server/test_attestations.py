"""The registry's policy for attestations, from the settings and the folder of trust."""

from __future__ import annotations

import pytest

from imprint.identity.workload import Visibility
from imprint.refusals import Malformed
from imprint.server.attestations import attestation_policy, entry_writer
from imprint.settings import Settings
from imprint.upstream.fetch import Fetcher

NOW = 1_795_000_000.0


def policy(folder, **settings):
    return attestation_policy(Settings(data=str(folder), **settings), now=NOW)


def test_by_default_the_public_instance_is_believed_and_nothing_is_logged(tmp_path):
    found = policy(tmp_path)

    assert "public-good" in {domain.name for domain in found.domains}
    assert "staging" not in {domain.name for domain in found.domains}
    assert found.visibilities == frozenset(Visibility)
    assert (found.self_hosted, found.names_private_sources, found.log_url) == (False, False, "")
    assert entry_writer(found, Fetcher()) is None


def test_what_is_too_old_judges_nothing(tmp_path):
    assert policy(tmp_path, trust_max_age_days=1).domains == ()


def test_settings_say_what_is_taken(tmp_path):
    found = policy(
        tmp_path,
        provenance_visibilities=("public",),
        provenance_self_hosted=True,
        transparency_log="https://log.example.test/",
    )

    assert (found.visibilities, found.self_hosted) == ({Visibility.PUBLIC}, True)
    assert found.log_url == "https://log.example.test"
    assert entry_writer(found, Fetcher()) is not None


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"provenance_visibilities": ("secret",)},
            "`provenance_visibilities` has `secret`: it takes `public`, `internal`, `private`",
        ),
        (
            {"transparency_log": "log.example.test"},
            "`transparency_log` is `log.example.test`: it takes an address, `https://HOST`",
        ),
    ],
)
def test_a_value_that_cannot_be_is_refused_at_the_start(tmp_path, settings, message):
    with pytest.raises(Malformed) as caught:
        policy(tmp_path, **settings)

    assert (caught.value.code, caught.value.message) == ("setting-value", message)


def test_a_domain_that_is_not_believed_cannot_be_advertised(tmp_path):
    with pytest.raises(Malformed) as caught:
        policy(tmp_path, advertised_domains=("private",))

    assert caught.value.message.startswith("`advertised_domains` has `private`: it takes `")
