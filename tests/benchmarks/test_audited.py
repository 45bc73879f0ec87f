"""What an audit is measured with is as large as the real thing, and as true."""

import gzip
import hashlib
import http.client
import statistics
from contextlib import closing
from dataclasses import replace

import pytest

from benchmarks.measuring.audited import (
    LARGEST_BYTES,
    TOTAL_BYTES,
    Audited,
    _free_port,
    _Writing,
    locked_of,
    sizes_of,
)
from benchmarks.measuring.audited_packuments import Locked, MadeUp
from imprint.history.projection import project
from tests.authority.authority import Authority
from tests.authority.bundles import KeySigner
from tests.authority.keys import text64


def integrity(text):
    return "sha512-" + text64(hashlib.sha512(text.encode()).digest())


def made_up(size=30_000):
    return MadeUp(
        name="@acme/widget",
        url="http://127.0.0.1:1/",
        size=size,
        locked=(Locked(version="1.0.0", integrity=integrity("1.0.0")),),
        is_attested=True,
        last=1_790_000_000.0,
    )


def test_sizes_are_distributed_as_the_real_ones():
    sizes = sizes_of(1611)

    assert sum(sizes) == pytest.approx(TOTAL_BYTES, rel=0.001)
    assert statistics.median(sizes) == pytest.approx(33_000, rel=0.01)
    assert sizes[round(0.9 * 1610)] == pytest.approx(251_000, rel=0.01)
    assert max(sizes) == LARGEST_BYTES


def test_a_packument_has_its_size_and_says_all_that_a_real_one_does():
    raw, count = made_up().packument(KeySigner())

    found = project(raw, "@acme/widget")

    assert len(raw) == pytest.approx(30_000, rel=0.1)
    assert len(found.publications) == count
    assert not found.unreadable
    last = found.publications[-1]
    assert (last.version, last.integrity) == ("1.0.0", integrity("1.0.0"))
    assert (last.trusted_publisher, last.has_attestations) == ("github", True)
    assert len({row.published for row in found.publications}) == count


def test_aliases_are_locked_by_the_name_that_a_registry_has():
    packages = {
        "": {"name": "application"},
        "node_modules/a": {"version": "1.0.0", "integrity": "sha512-AA=="},
        "node_modules/b/node_modules/a": {"version": "1.0.0", "inBundle": True},
        "node_modules/other": {"name": "a", "version": "2.0.0", "integrity": "sha512-BB=="},
        "node_modules/linked": {"link": True},
    }

    found = locked_of(packages)

    assert {name: sorted(versions) for name, versions in found.items()} == {"a": ["1.0.0", "2.0.0"]}
    assert found["a"]["1.0.0"].integrity == "sha512-AA=="


@pytest.fixture
def served(tmp_path):
    made = Audited(
        folder=tmp_path, tree=tmp_path, port=_free_port(), authority=Authority(), keys={}
    )
    with _Writing(tmp_path) as writing:
        writing.put("@acme%2fwidget", b"x" * 9000)
    with made.serving(), closing(http.client.HTTPConnection("127.0.0.1", made.port)) as connection:
        yield connection


def asked(connection, path, **headers):
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    return answer.status, answer.read(), dict(answer.getheaders())


def test_the_registry_answers_plain_compressed_or_not_at_all(served):
    plain = asked(served, "/@acme%2Fwidget")
    packed = asked(served, "/@acme%2fwidget", **{"Accept-Encoding": "gzip"})
    again = asked(served, "/@acme%2fwidget", **{"If-None-Match": plain[2]["ETag"]})
    missing = asked(served, "/none")

    assert plain[:2] == (200, b"x" * 9000)
    assert gzip.decompress(packed[1]) == b"x" * 9000
    assert again[:2] == (304, b"")
    assert missing[0] == 404


def test_the_registry_knows_no_advisories_and_takes_nothing_else(served):
    bulk = "/-/npm/v1/security/advisories/bulk"

    for path, expected in ((bulk, (200, b"{}")), ("/-/v1/login", (404, b"")), (bulk, (200, b"{}"))):
        served.request("POST", path, body=b"x" * 100_000)
        answer = served.getresponse()
        assert (answer.status, answer.read()) == expected


def test_older_versions_are_of_every_major_up_to_the_locked_one():
    package = replace(made_up(), locked=(Locked(version="3.0.0", integrity=integrity("3")),))
    raw, count = package.packument(KeySigner())

    found = project(raw, "@acme/widget")

    majors = {row.version.partition(".")[0] for row in found.publications}
    assert majors == {"0", "1", "2", "3"}
    assert len(found.publications) == count
