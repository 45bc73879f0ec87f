"""What an instance's operator gives out: a client trust configuration, or a trusted root."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.attestations.domains import Thresholds
from imprint.attestations.reading.trusted_roots import read_trusted_root
from imprint.refusals import Malformed
from imprint.upstream.trust.documents import SigningAddresses
from imprint.upstream.trust.instance import check_owed, derived_thresholds, read_instance
from tests.support.trust import NOW, raw_config, raw_root

WINDOW = {"start": "2024-01-01T00:00:00Z"}
ENDED = {"start": "2020-01-01T00:00:00Z", "end": "2021-01-01T00:00:00Z"}


def service(url, version=1, window=WINDOW):
    return {"url": url, "majorApiVersion": version, "validFor": window}


def config(**signing):
    return json.dumps({"trustedRoot": {}, "signingConfig": signing}).encode()


def root(*missing):
    return read_trusted_root(raw_root(**{name: [] for name in missing}))


def test_a_configuration_has_the_root_and_the_addresses():
    instance = read_instance(raw_config(), now=NOW)

    assert json.loads(instance.raw_trusted_root) == json.loads(raw_root())
    assert instance.signing == SigningAddresses(
        fulcio="https://sign.example.test",
        rekor="https://sign.example.test",
        timestamp="https://sign.example.test/api/v1/timestamp",
    )


def test_a_bare_root_has_no_addresses():
    instance = read_instance(raw_root(), now=NOW)

    assert instance.raw_trusted_root == raw_root()
    assert instance.signing is None


def test_the_service_in_force_that_came_last_is_used():
    urls = [
        service("https://ended.example.test", window=ENDED),
        service("https://first.example.test"),
        service("https://last.example.test", window={"start": "2025-01-01T00:00:00Z"}),
        service("https://next.example.test", window={"start": "2999-01-01T00:00:00Z"}),
        service("https://newer.example.test", version=2, window={"start": "2026-01-01T00:00:00Z"}),
    ]

    instance = read_instance(config(caUrls=urls), now=NOW)

    assert instance.signing == SigningAddresses(fulcio="https://last.example.test")


def test_the_first_version_of_signing_configurations_is_read():
    raw = config(
        caUrl="https://ca.example.test",
        tlogUrls=["https://log.example.test"],
        tsaUrls=["https://time.example.test"],
    )

    assert read_instance(raw, now=NOW).signing == SigningAddresses(
        fulcio="https://ca.example.test",
        rekor="https://log.example.test",
        timestamp="https://time.example.test",
    )


def test_without_a_certificate_authority_nobody_signs():
    raw = config(caUrls=[service("https://ca.example.test", window=ENDED)])

    assert read_instance(raw, now=NOW).signing is None


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"{", "malformed-trust-config"),
        (b"[]", "malformed-trust-config"),
        (b'{"trustedRoot": 1}', "malformed-trust-config"),
        (b'{"trustedRoot": {}, "signingConfig": []}', "malformed-trust-config"),
        (config(caUrls=[{"validFor": WINDOW}]), "malformed-trust-config"),
        (config(caUrls=[{"url": "https://ca.test"}]), "malformed-trust-config"),
        (config(caUrls=[service("https://c.test", window={"start": 1})]), "malformed-trust-config"),
        (config(caUrls=[service("http://ca.example.test")]), "trust-address"),
        (config(caUrl="https://user@ca.example.test"), "trust-address"),
    ],
)
def test_what_is_no_configuration_is_refused(raw, code):
    with pytest.raises(Malformed) as caught:
        read_instance(raw, now=NOW)

    assert caught.value.code == code


@pytest.mark.parametrize(
    ("missing", "owed"),
    [
        ((), Thresholds(log_entries=1, certificate_timestamps=1, times=1)),
        (("ctlogs",), Thresholds(log_entries=1, certificate_timestamps=0, times=1)),
        (("tlogs",), Thresholds(log_entries=0, certificate_timestamps=1, times=1)),
        (("tlogs", "ctlogs"), Thresholds(log_entries=0, certificate_timestamps=0, times=1)),
        (("timestampAuthorities",), Thresholds()),
    ],
)
def test_a_bundle_owes_one_of_each_that_there_is(missing, owed):
    assert derived_thresholds(root(*missing)) == owed


def test_without_a_log_there_must_be_somebody_who_says_when():
    with pytest.raises(Malformed) as caught:
        derived_thresholds(root("tlogs", "timestampAuthorities"))

    assert caught.value.code == "trust-thresholds"


@pytest.mark.parametrize(
    ("thresholds", "missing", "said"),
    [
        (Thresholds(), "tlogs", "no transparency log"),
        (Thresholds(), "ctlogs", "no certificate transparency log"),
        (Thresholds(log_entries=0), "timestampAuthorities", "nobody would say when"),
    ],
)
def test_nothing_is_owed_that_nobody_gives(thresholds, missing, said):
    with pytest.raises(Malformed, match=said):
        check_owed(thresholds, root(missing))


pieces = st.sampled_from(
    ["trustedRoot", "signingConfig", "caUrls", "caUrl", "url", "validFor", "start", "end", "a"]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(pieces, inner, max_size=4),
    max_leaves=12,
)


def code_of(raw):
    try:
        read_instance(raw, now=NOW)
    except Malformed as err:
        return err.code
    return None


@given(st.dictionaries(pieces, values, max_size=3))
def test_reading_raises_nothing_but_malformed(members):
    code = code_of(json.dumps(members).encode())

    assert code in {None, "malformed-trust-config", "trust-address"}
