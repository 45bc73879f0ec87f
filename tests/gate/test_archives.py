"""Archives of a gate's cache: written whole, checked whole, and nothing hostile in one is taken."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest

from imprint.gate.archives.exporting import export_cache
from imprint.gate.archives.importing import Folder, check_archive, take_archive
from imprint.gate.archives.layout import (
    MOST_TEXT_CHARACTERS,
    MOST_UPSTREAMS,
    ArchivedTarball,
    decode_manifest,
    encode_manifest,
    members_of,
)
from imprint.gate.archives.tar import END, header_of, padding_of
from imprint.history.projection import encode, project
from imprint.refusals import Malformed, Unavailable
from imprint.storage import gate_documents, gate_proofs
from imprint.storage.gate_documents import KeptDocument
from imprint.storage.gate_index import GateIndex
from imprint.storage.gate_proofs import KeptKeys, open_proofs
from imprint.storage.gate_tarballs import TarballDigest, TarballStore, place_of
from imprint.storage.projections import AttestedVersion

UPSTREAM = "https://registry.example.test/npm/"
OTHER = "https://other.example.test/"
NOW = 1_795_000_000.0
GIB = 1024**3
TARBALL = b"\x1f\x8b" + b"bytes of a tarball" * 3000
KEYS = json.dumps({"keys": []}).encode()


def sri(data):
    return "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode()


def packument(name="widget", *, integrity=None, readme="x" * 2000):
    dist = {"integrity": integrity or sri(TARBALL), "tarball": f"{UPSTREAM}{name}/-/{name}.tgz"}
    version = {"name": name, "version": "1.0.0", "dist": dist}
    return json.dumps(
        {
            "name": name,
            "dist-tags": {"latest": "1.0.0"},
            "versions": {"1.0.0": version},
            "time": {"1.0.0": "2026-01-01T00:00:00.000Z"},
            "readme": readme,
        }
    ).encode()


def attestations(data=TARBALL):
    digest = {"sha512": hashlib.sha512(data).hexdigest()}
    statement = {"subject": [{"name": "pkg:npm/widget@1.0.0", "digest": digest}]}
    payload = base64.b64encode(json.dumps(statement).encode()).decode()
    return json.dumps(
        {"attestations": [{"bundle": {"dsseEnvelope": {"payload": payload}}}]}
    ).encode()


@dataclass
class Gate:
    """A gate's folder, open."""

    path: Path

    def __post_init__(self):
        self.index = GateIndex(self.path / "index.sqlite3")
        self.proofs = open_proofs(self.path / "proofs.sqlite3")
        self.tarballs = TarballStore(self.path / "tarballs", quota_bytes=GIB, clock=lambda: NOW)

    @property
    def folder(self):
        return Folder(index=self.index, proofs=self.proofs, tarballs=self.tarballs)

    def keep(self, name="widget", *, body=None, upstream=UPSTREAM, at=NOW - 60.0, etag='"1"'):
        body = body or packument(name)
        kept = KeptDocument(
            digest=hashlib.sha256(body).hexdigest(),
            etag=etag,
            last_modified="",
            confirmed_at=at,
            projection=encode(project(body, name)),
        )
        gate_documents.put(self.index, upstream, name, kept, body)

    def keep_tarball(self, data=TARBALL):
        incoming = self.tarballs.receive()
        assert incoming is not None
        incoming.write(data)
        self.tarballs.keep(incoming, digest_of(data))
        incoming.close()

    def fill(self):
        """Keep a package with all that proves it."""
        self.keep()
        self.keep_tarball()
        version = AttestedVersion("widget", "1.0.0", sri(TARBALL))
        gate_proofs.keep_attestations(self.proofs, {version: attestations()}, now=NOW)
        keys = KeptKeys(document=KEYS, confirmed_at=NOW - 50.0)
        gate_proofs.keep_keys(self.proofs, UPSTREAM, keys)
        return self

    def packument(self, name="widget", upstream=UPSTREAM):
        return gate_documents.get(self.index, upstream, name, now=NOW)

    def is_empty(self):
        return self.packument() is None and not list(self.path.glob("tarballs/sha*/*/*"))

    def close(self):
        self.index.close()
        self.proofs.close()


def digest_of(data):
    return TarballDigest(algorithm="sha512", hexadecimal=hashlib.sha512(data).hexdigest())


@pytest.fixture
def gate(tmp_path):
    """Open gates, by the names of their folders."""
    opened = []

    def of(name):
        found = Gate(tmp_path / name)
        opened.append(found)
        return found

    yield of
    for one in opened:
        one.close()


@pytest.fixture
def archive(gate, tmp_path):
    """An archive of a gate that keeps one package."""
    path = tmp_path / "cache.tar"
    export_cache(gate("first").fill().path, path)
    return path


def checked(path, **options):
    chosen: dict[str, Any] = {"upstreams": [UPSTREAM], "quota_bytes": GIB} | options
    return check_archive(path, **chosen)


def take(path, into, *, now=NOW, **options):
    return take_archive(path, checked(path, **options), into.folder, now=now)


def parts_of(path):
    """The manifest of an archive, and what is in its files."""
    with tarfile.open(path) as opened:
        contents = {one.name: opened.extractfile(one).read() for one in opened}
    return decode_manifest(contents.pop("manifest.json")), contents


def written(path, manifest, contents, *, end=END):
    """Write an archive as ours are, whatever its manifest says."""
    raw = manifest if isinstance(manifest, bytes) else encode_manifest(manifest)
    pieces = [header_of("manifest.json", len(raw)), raw, padding_of(len(raw))]
    for name, data in contents.items():
        pieces += [header_of(name, len(data)), data, padding_of(len(data))]
    path.write_bytes(b"".join([*pieces, end]))
    return path


class TestRoundTrip:
    def test_everything_is_there_in_the_second_gate(self, gate, archive):
        second = gate("second")

        taken = take(archive, second)

        first = gate("first").packument()
        assert (taken.packuments, taken.tarballs, taken.attestations) == (1, 1, 1)
        assert second.packument() == first
        body = gate_documents.get_body(second.index, UPSTREAM, "widget", first.digest)
        assert body == packument()
        assert second.tarballs.look(digest_of(TARBALL)).size_bytes == len(TARBALL)
        assert gate_proofs.attestation(second.proofs, "widget", "1.0.0") == attestations()
        assert gate_proofs.keys_of(second.proofs, UPSTREAM).confirmed_at == NOW - 50.0

    def test_the_same_content_makes_the_same_archive(self, gate, archive, tmp_path):
        found = export_cache(gate("first").path, tmp_path / "again.tar")

        assert (tmp_path / "again.tar").read_bytes() == archive.read_bytes()
        assert found.sha256 == hashlib.sha256(archive.read_bytes()).hexdigest()

    def test_a_second_gate_exports_what_it_took(self, gate, archive, tmp_path):
        second = gate("second")
        take(archive, second)

        export_cache(second.path, tmp_path / "again.tar")

        assert (tmp_path / "again.tar").read_bytes() == archive.read_bytes()

    def test_any_tar_reads_it(self, archive):
        with tarfile.open(archive) as opened:
            names = opened.getnames()

        half = hashlib.sha512(TARBALL).hexdigest()
        assert names[0] == "manifest.json"
        assert names[-1] == f"tarballs/sha512/{half[:64]}/{half[64:]}"

    def test_taken_twice_nothing_is_another(self, gate, archive):
        second = gate("second")
        take(archive, second)

        again = take(archive, second)

        assert (again.packuments, again.newer) == (0, 1)
        assert (again.tarballs, again.tarballs_known) == (0, 1)

    def test_what_is_here_and_newer_stays(self, gate, archive):
        second = gate("second")
        second.keep(body=packument(readme="newer"), at=NOW, etag='"2"')

        taken = take(archive, second)

        assert (taken.packuments, taken.newer, second.packument().etag) == (0, 1, '"2"')

    def test_a_time_that_is_to_come_is_now(self, gate, tmp_path):
        first, second = gate("first"), gate("second")
        first.keep(at=NOW + 1e6)
        export_cache(first.path, tmp_path / "cache.tar")

        take(tmp_path / "cache.tar", second)

        assert second.packument().confirmed_at == NOW

    def test_names_of_ours_are_left_out(self, gate, archive):
        second = gate("second")
        seen: list[str] = []

        def are_ours(names):
            seen.extend(map(str, names))
            return ["widget"]

        taken = take(archive, second, are_ours=are_ours)

        assert seen == ["widget"]
        assert (taken.packuments, taken.attestations, second.packument()) == (0, 0, None)


class TestExport:
    def test_it_is_whole_while_a_gate_writes(self, gate, tmp_path):
        first = gate("first").fill()

        def progress(what, _done, _of):
            if what == "packuments looked through":
                first.keep(body=packument(readme="another by now"), at=NOW)

        export_cache(first.path, tmp_path / "cache.tar", progress=progress)

        assert checked(tmp_path / "cache.tar").manifest.packuments[0].confirmed_at == NOW - 60.0

    def test_a_tarball_that_goes_meanwhile_ends_it_and_nothing_is_left(self, gate, tmp_path):
        first = gate("first").fill()

        def progress(what, _done, _of):
            if what == "tarballs hashed":
                Path(place_of(first.path / "tarballs", digest_of(TARBALL))).unlink()

        with pytest.raises(Unavailable) as refused:
            export_cache(first.path, tmp_path / "cache.tar", progress=progress)

        assert refused.value.code == "gate-cache"
        assert [one.name for one in tmp_path.iterdir()] == ["first"]

    def test_what_is_damaged_is_left_out(self, gate, tmp_path):
        first = gate("first").fill()
        first.keep("gadget", body=packument("gadget"))
        Path(place_of(first.path / "tarballs", digest_of(TARBALL))).write_bytes(b"other")
        first.index.done(
            lambda connection: connection.execute(
                "UPDATE documents SET body = x'00' WHERE name = 'gadget'"
            ),
            None,
        )

        found = export_cache(first.path, tmp_path / "cache.tar")

        assert [one.name for one in found.manifest.packuments] == ["widget"]
        assert (found.damaged, found.manifest.tarballs) == (1, [])

    @pytest.mark.parametrize(
        ("version", "integrity"),
        [
            ("1.0.0", sri(TARBALL)[:-3] + chr(ord(sri(TARBALL)[-3]) + 1) + "=="),
            (f"1.0.0-{'x' * MOST_TEXT_CHARACTERS}", sri(TARBALL)),
        ],
        ids=["digest in another spelling", "long version"],
    )
    def test_what_no_gate_would_take_does_not_keep_the_rest_back(
        self, gate, tmp_path, version, integrity
    ):
        first, second = gate("first").fill(), gate("second")
        odd = {AttestedVersion("widget", version, integrity): attestations()}
        gate_proofs.keep_attestations(first.proofs, odd, now=NOW)

        found = export_cache(first.path, tmp_path / "cache.tar")
        taken = take(tmp_path / "cache.tar", second)

        assert (found.damaged, taken.attestations, taken.packuments) == (1, 1, 1)

    def test_one_upstream_alone_can_be_meant(self, gate, tmp_path):
        first = gate("first").fill()
        private = b"a private tarball"
        first.keep("secret", body=packument("secret", integrity=sri(private)), upstream=OTHER)
        first.keep_tarball(private)

        found = export_cache(first.path, tmp_path / "cache.tar", upstreams=[UPSTREAM])

        assert found.manifest.upstreams == [UPSTREAM]
        assert b"secret" not in (tmp_path / "cache.tar").read_bytes()
        assert private not in (tmp_path / "cache.tar").read_bytes()

    @pytest.mark.parametrize("upstreams", [(), [OTHER]], ids=["nothing", "of-another"])
    def test_where_nothing_is_kept_nothing_is_written(self, gate, tmp_path, upstreams):
        folder = gate("first").fill().path if upstreams else tmp_path / "none"

        with pytest.raises(Malformed) as refused:
            export_cache(folder, tmp_path / "cache.tar", upstreams=upstreams)

        assert refused.value.code == "no-gate-cache"
        assert not (tmp_path / "cache.tar").exists()

    def test_where_it_cannot_be_written_is_said(self, gate, tmp_path):
        with pytest.raises(Unavailable) as refused:
            export_cache(gate("first").fill().path, tmp_path / "none" / "cache.tar")

        assert refused.value.code == "gate-archive-unwritable"


def renamed(path, old, new):
    """Give a file in the archive another header."""
    raw = path.read_bytes()
    place = raw.index(header_of(old, len(parts_of(path)[1][old])))
    path.write_bytes(raw[:place] + new.tobuf(tarfile.USTAR_FORMAT) + raw[place + 512 :])


def member(name, size, kind=tarfile.REGTYPE, link=""):
    found = tarfile.TarInfo(name)
    found.size, found.type, found.linkname = size, kind, link
    return found


class TestHostile:
    """Each is refused by name, and nothing of it is taken."""

    @pytest.fixture
    def refused(self, gate):
        def ran(path, **options):
            second = gate("second")
            with pytest.raises(Malformed) as found:
                take(path, second, **options)
            assert second.is_empty()
            return found.value

        return ran

    @pytest.mark.parametrize(
        ("name", "kind", "link"),
        [
            ("../../../etc/passwd", tarfile.REGTYPE, ""),
            ("/etc/passwd", tarfile.REGTYPE, ""),
            ("manifest.json", tarfile.REGTYPE, ""),
            ("keys", tarfile.SYMTYPE, "/etc"),
            ("keys", tarfile.LNKTYPE, "/etc/passwd"),
            ("keys", tarfile.DIRTYPE, ""),
            ("keys", tarfile.CHRTYPE, ""),
            ("keys", tarfile.XHDTYPE, ""),
            ("keys", tarfile.GNUTYPE_LONGNAME, ""),
            ("keys", tarfile.GNUTYPE_SPARSE, ""),
        ],
    )
    def test_another_file_than_the_one_that_belongs_there(self, archive, refused, name, kind, link):
        path = next(name for name in parts_of(archive)[1] if name.startswith("keys/"))
        renamed(archive, path, member(name, len(KEYS), kind, link))

        err = refused(archive)

        assert err.code == "gate-archive"
        assert f"where `{path}` was to be" in err.message

    def test_a_file_twice(self, archive, refused):
        manifest, contents = parts_of(archive)
        raw = written(archive, manifest, contents, end=b"").read_bytes()
        name, data = list(contents.items())[-1]
        again = header_of(name, len(data)) + data + padding_of(len(data))
        archive.write_bytes(raw + again + END)

        assert "goes on behind the last file" in refused(archive).message

    def test_other_bytes_under_a_right_digest(self, archive, refused):
        manifest, contents = parts_of(archive)
        path = next(name for name in contents if name.startswith("tarballs/"))
        contents[path] = contents[path][:-1] + b"!"

        err = refused(written(archive, manifest, contents))

        assert err.message == f"`{path}` is not what its digest says"

    @pytest.mark.parametrize("kind", ["packuments", "attestations"])
    def test_a_bomb(self, archive, refused, kind):
        import zlib

        manifest, contents = parts_of(archive)
        path = next(name for name in contents if name.startswith(kind))
        contents[path] = zlib.compress(bytes(64 * 1024 * 1024), 9)
        (record,) = getattr(manifest, kind)
        bomb = msgspec.structs.replace(record, stored_bytes=len(contents[path]))
        manifest = msgspec.structs.replace(manifest, **{kind: [bomb]})

        assert "does not inflate to" in refused(written(archive, manifest, contents)).message

    def test_a_bomb_that_says_so(self, archive, refused):
        manifest, contents = parts_of(archive)
        bomb = msgspec.structs.replace(manifest.packuments[0], size_bytes=100 * 1024 * 1024)
        manifest = msgspec.structs.replace(manifest, packuments=[bomb])

        assert "times its size" in refused(written(archive, manifest, contents)).message

    def test_a_packument_of_another_name(self, archive, refused):
        manifest, contents = parts_of(archive)
        other = msgspec.structs.replace(manifest.packuments[0], name="gadget")
        manifest = msgspec.structs.replace(manifest, packuments=[other], attestations=[])
        contents = {one.path: contents[one.path] for one in members_of(manifest)}

        assert (
            "is no packument of `gadget`" in refused(written(archive, manifest, contents)).message
        )

    def test_attestations_of_other_bytes(self, archive, refused):
        manifest, contents = parts_of(archive)
        other = msgspec.structs.replace(manifest.attestations[0], integrity=sri(b"other"))
        manifest = msgspec.structs.replace(manifest, attestations=[other])

        assert "has no attestations of" in refused(written(archive, manifest, contents)).message

    def test_of_another_upstream(self, archive, refused):
        err = refused(archive, upstreams=[OTHER])

        assert err.code == "gate-archive-upstream"
        assert err.message == f"the archive is of the upstream `{UPSTREAM}`, expected `{OTHER}`"

    def test_more_than_the_gate_keeps(self, archive, refused):
        assert refused(archive, quota_bytes=1000).code == "gate-archive-too-large"

    def test_another_file_than_was_meant(self, archive, refused):
        assert "expected `abc`" in refused(archive, sha256="abc").message

    @pytest.mark.parametrize("left", [0, 100, 512, 600, 5000, -1024, -1])
    def test_cut_off(self, archive, refused, left):
        archive.write_bytes(archive.read_bytes()[:left])

        assert refused(archive).code == "gate-archive"

    def test_an_end_that_is_longer(self, archive, refused):
        archive.write_bytes(archive.read_bytes() + b"\0")

        assert "goes on behind" in refused(archive).message

    def test_a_compressed_archive(self, archive, refused):
        import gzip

        archive.write_bytes(gzip.compress(archive.read_bytes()))

        assert "is no archive" in refused(archive).message

    def test_a_folder_and_nothing(self, tmp_path, refused):
        assert "no plain file" in refused(tmp_path).message
        assert "cannot be read" in refused(tmp_path / "none").message

    @pytest.mark.parametrize("step", range(8))
    def test_any_byte_that_is_another(self, archive, gate, step):
        whole = archive.read_bytes()
        second = gate("second")

        for place in range(step * 13, len(whole), 8 * 97):
            archive.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
            with pytest.raises(Malformed) as found:
                take(archive, second, sha256=hashlib.sha256(whole).hexdigest())
            assert found.value.code.startswith("gate-archive")

        assert second.is_empty()


class TestManifest:
    """What a manifest says is looked at before anything else is read."""

    @pytest.mark.parametrize(
        ("part", "changes", "said"),
        [
            ("packuments", {"name": "../x"}, "which is no name"),
            ("packuments", {"name": "Widget/x"}, "which is no name"),
            ("packuments", {"upstream": OTHER}, "among its upstreams"),
            ("packuments", {"digest": "../../x"}, "is no digest"),
            ("packuments", {"etag": '"1"\r\nset-cookie: a=b'}, "cannot be sent"),
            ("packuments", {"last_modified": "\u00e9"}, "cannot be sent"),
            ("packuments", {"confirmed_at": -1.0}, "the time of"),
            ("packuments", {"size_bytes": -1}, "the size of"),
            ("packuments", {"stored_bytes": 1 << 40}, "the size of"),
            ("attestations", {"name": "gadget"}, "no packument of it"),
            ("attestations", {"integrity": "sha512-"}, "of no bytes"),
            ("attestations", {"version": "1" * 9000}, "of no version"),
            ("tarballs", {"algorithm": "md5"}, "is no digest"),
            ("tarballs", {"digest": "AB" * 64}, "is no digest"),
            ("tarballs", {"size_bytes": 1 << 40}, "the size of"),
            ("keys", {"upstream": OTHER}, "among its upstreams"),
        ],
    )
    def test_a_record_that_cannot_be(self, archive, part, changes, said):
        manifest, _ = parts_of(archive)
        record = msgspec.structs.replace(getattr(manifest, part)[0], **changes)
        manifest = msgspec.structs.replace(manifest, **{part: [record]})

        with pytest.raises(Malformed) as refused:
            decode_manifest(encode_manifest(manifest))

        assert refused.value.code == "gate-archive"
        assert said in refused.value.message
        assert refused.value.message.isprintable()

    @pytest.mark.parametrize("part", ["packuments", "attestations", "tarballs", "keys"])
    def test_a_record_twice(self, archive, part):
        manifest, _ = parts_of(archive)
        manifest = msgspec.structs.replace(manifest, **{part: 2 * getattr(manifest, part)})

        with pytest.raises(Malformed, match="twice"):
            decode_manifest(encode_manifest(manifest))

    @pytest.mark.parametrize(
        "raw",
        [b"", b"{}", b"[]", b"\xff", b"[" * 100_000, b'{"kind":"imprint-gate-cache","more":1}'],
        ids=["empty", "object", "list", "no-text", "deep", "unknown"],
    )
    def test_what_is_none(self, raw):
        with pytest.raises(Malformed) as refused:
            decode_manifest(raw)

        assert refused.value.code == "gate-archive"

    def test_more_upstreams_than_any_gate_has(self, archive):
        manifest, _ = parts_of(archive)
        many = [UPSTREAM, *(f"https://r{n}.example.test/" for n in range(MOST_UPSTREAMS))]

        with pytest.raises(Malformed, match="more than 256 upstreams"):
            decode_manifest(encode_manifest(msgspec.structs.replace(manifest, upstreams=many)))

    def test_one_of_another_version(self, archive):
        manifest, _ = parts_of(archive)

        with pytest.raises(Malformed, match="expected `imprint-gate-cache 1`"):
            decode_manifest(encode_manifest(msgspec.structs.replace(manifest, schema=2)))

    def test_sizes_that_contradict_each_other(self, archive):
        manifest, _ = parts_of(archive)
        (one,) = manifest.packuments
        other = msgspec.structs.replace(one, name="gadget", stored_bytes=one.stored_bytes + 1)
        manifest = msgspec.structs.replace(manifest, packuments=[one, other])

        with pytest.raises(Malformed, match="two sizes"):
            decode_manifest(encode_manifest(manifest))

    def test_a_tarball_by_a_weaker_digest_has_its_place(self, archive):
        one = ArchivedTarball(algorithm="sha1", digest="ab" * 20, size_bytes=0)
        manifest, _ = parts_of(archive)
        manifest = msgspec.structs.replace(manifest, tarballs=[one])

        *_, last = members_of(decode_manifest(encode_manifest(manifest)))

        assert last.path == "tarballs/sha1/" + "ab" * 20


def test_a_folder_that_takes_nothing_is_said_and_what_was_taken_is_whole(gate, archive):
    second = gate("second")
    (second.path / "tarballs").write_text("a file where a folder was to be")

    with pytest.raises(Unavailable) as refused:
        take(archive, second)

    assert refused.value.code == "gate-folder-unwritable"
    assert second.packument() is not None


def test_an_archive_that_changes_after_it_was_checked_is_not_taken(gate, archive, tmp_path):
    second, other = gate("second"), gate("other")
    found = checked(archive)
    other.keep("gadget")
    export_cache(other.path, archive)

    with pytest.raises(Malformed, match="changed while it was read"):
        take_archive(archive, found, second.folder, now=NOW)

    assert second.is_empty()


def test_a_header_says_nothing_of_who_wrote_it():
    found = tarfile.TarInfo.frombuf(header_of("a", 1), "ascii", "strict")

    assert (found.uid, found.gid, found.uname, found.gname, found.mtime) == (0, 0, "", "", 0)
    assert len(io.BytesIO(header_of("a", 1)).read()) == 512
