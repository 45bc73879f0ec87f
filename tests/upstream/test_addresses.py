"""Which addresses are public, and what a resolver may answer for a host that was learned."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.upstream.addresses import AddressRefused, is_public
from imprint.upstream.resolving import PublicResolver
from tests.support.fake_issuer import FakeResolver


@pytest.mark.parametrize("address", ["93.184.216.34", "1.1.1.1", "2606:4700::1111", "2a00:1450::1"])
def test_addresses_of_the_internet_are_public(address):
    assert is_public(address)


@pytest.mark.case("C13")
@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.2.7",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2002:a00:1::1",
        "2001:db8::1",
        "fc00::1",
        "fd00:ec2::254",
        "fec0::1",
        "fe80::1",
        "fe80::1%eth0",
        "ff02::1",
        "",
        "localhost",
        "127.1",
        "2130706433",
        "0x7f000001",
    ],
)
def test_addresses_of_anywhere_else_are_not(address):
    assert not is_public(address)


@given(address=st.text(max_size=20) | st.ip_addresses().map(str))
def test_every_text_is_public_or_not(address):
    assert is_public(address) in (True, False)


@pytest.mark.anyio
async def test_a_host_with_public_addresses_is_resolved():
    resolver = PublicResolver(FakeResolver(issuer_example_test=["93.184.216.34"]))

    answers = await resolver.resolve("issuer.example.test", 443)

    assert [answer["host"] for answer in answers] == ["93.184.216.34"]
    await resolver.close()


@pytest.mark.anyio
@pytest.mark.case("C13")
async def test_one_address_that_is_not_public_refuses_the_host():
    resolver = PublicResolver(FakeResolver(evil_example_test=["93.184.216.34", "127.0.0.1"]))

    with pytest.raises(AddressRefused, match=r"`evil.example.test` has the address `127.0.0.1`"):
        await resolver.resolve("evil.example.test", 443)
