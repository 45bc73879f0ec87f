"""Tarballs: what is found in them, and the many ways in which one can lie."""

import gzip
import io
import tarfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.npm.tarball import Tarball, TarballLimits, inspect
from imprint.refusals import Malformed
from tests.npm.archives import END, GNU, PACKAGE_JSON, entry, gzipped, pax, record
from tests.npm.refusing import code, outcome, refusal
from tests.support.tarballs import tarball


def written(paths, *, form=tarfile.PAX_FORMAT, folders=()) -> bytes:
    """A tarball of the standard library, which has long names in pax headers or in GNU's way."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz", format=form) as archive:
        for path in folders:
            folder = tarfile.TarInfo(path)
            folder.type = tarfile.DIRTYPE
            archive.addfile(folder)
        for path in ("package/package.json", *paths):
            file = tarfile.TarInfo(path)
            file.size = len(PACKAGE_JSON)
            archive.addfile(file, io.BytesIO(PACKAGE_JSON))
    return raw.getvalue()


def test_a_tarball_is_its_package_json_its_files_and_its_readme():
    found = inspect(
        tarball("widget", files={"package/README.md": b"# widget", "package/lib/a.js": b"12"})
    )

    assert found == Tarball(
        package_json={"name": "widget", "version": "1.0.0"},
        unpacked_size=len('{"name": "widget", "version": "1.0.0"}module.exports = 1\n# widget12'),
        paths=("package.json", "index.js", "README.md", "lib/a.js"),
        readme="# widget",
    )
    assert (found.file_count, found.has_shrinkwrap, found.has_binding_gyp) == (4, False, False)


def test_a_shrinkwrap_and_a_gyp_file_count_in_the_root_folder_alone():
    root = inspect(gzipped(entry("package/npm-shrinkwrap.json"), entry("package/binding.gyp")))
    below = inspect(gzipped(entry("package/a/npm-shrinkwrap.json"), entry("package/a/binding.gyp")))

    assert (root.has_shrinkwrap, root.has_binding_gyp) == (True, True)
    assert (below.has_shrinkwrap, below.has_binding_gyp) == (False, False)


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_long_names_and_folders_are_read_in_every_form(form):
    path = f"package/{'d' * 90}/{'é' * 20}.js"

    found = inspect(written([path], form=form, folders=["package", "package/lib"]))

    assert found.paths == ("package.json", path.removeprefix("package/"))


def test_names_of_more_than_one_header_are_read_in_pax_and_gnu_form():
    path = f"package/{'d' * 150}/{'f' * 150}.js"

    for form in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT):
        assert inspect(written([path], form=form)).paths[1] == path.removeprefix("package/")


def test_another_root_folder_than_package_is_as_good():
    assert (
        inspect(gzipped(entry("x/package.json", PACKAGE_JSON), package_json=False)).file_count == 1
    )


def test_an_old_folder_a_git_comment_and_zeros_at_the_end_do_no_harm():
    data = gzipped(
        pax(record("comment", "0" * 40), type_flag=b"g"),
        entry("package/lib/", b""),
        pax(record("mtime", "1.5") + record("path", "package/lib/long.js")),
        entry("package/short.js", b"1", type_flag=b"\x00"),
        end=bytes(10_240),
    )

    assert inspect(data).paths == ("package.json", "lib/long.js")


def test_an_archive_may_end_without_the_blocks_of_zeros():
    assert inspect(gzipped(end=b"")).file_count == 1


@pytest.mark.parametrize(
    ("names", "readme"),
    [
        (["README", "readme.markdown"], "readme.markdown"),
        (["readme.txt", "README"], "README"),
        (["README.rst"], "README.rst"),
        (["docs/README.md", "READMEX.md", "README.mdx"], "README.mdx"),
        (["docs/README.md"], ""),
    ],
)
def test_the_readme_is_markdown_then_a_bare_name_then_any_other(names, readme):
    found = inspect(gzipped(*(entry(f"package/{name}", name.encode()) for name in names)))

    assert found.readme == readme


def test_a_long_readme_is_cut_between_two_characters():
    found = inspect(
        gzipped(entry("package/README.md", "aé".encode() * 9)), limits=TarballLimits(readme=5)
    )

    assert found.readme == "aéa"


@pytest.mark.parametrize(
    ("attack", "expected", "message"),
    [
        (
            entry("package/a", b"", type_flag=b"2", link=b"/etc/passwd"),
            "tarball-link",
            "the tarball has a link, `package/a`: packages hold files and folders alone",
        ),
        (
            entry("package/a", b"", type_flag=b"1", link=b"package/package.json"),
            "tarball-link",
            "the tarball has a link, `package/a`: packages hold files and folders alone",
        ),
        (
            entry("././@LongLink", b"/etc/passwd\x00", type_flag=b"K"),
            "tarball-link",
            "the tarball has a link, `././@LongLink`: packages hold files and folders alone",
        ),
        (
            pax(record("linkpath", "/etc/passwd")) + entry(),
            "tarball-link",
            "the tarball has a pax header with a link's target",
        ),
        (
            entry("package/a", b"", type_flag=b"3"),
            "tarball-entry-type",
            "the tarball has an entry that is no file, `package/a`, of type `3`",
        ),
        (
            entry("package/a", b"", type_flag=b"6"),
            "tarball-entry-type",
            "the tarball has an entry that is no file, `package/a`, of type `6`",
        ),
        (
            entry("package/a", b"", type_flag=b"S", magic=GNU),
            "tarball-entry-type",
            "the tarball has an entry that is no file, `package/a`, of type `S`",
        ),
        (
            entry("package/a", b"", type_flag=b"\xff"),
            "tarball-entry-type",
            "the tarball has an entry that is no file, `package/a`, of type `\\u{ff}`",
        ),
        (
            entry("package/index.js") * 2,
            "tarball-path",
            "the tarball's path `index.js` is there twice",
        ),
        (
            entry("package/package.json", b'{"name":"other","version":"1.0.0"}'),
            "tarball-path",
            "the tarball's path `package.json` is there twice",
        ),
        (
            entry("package/Lib.js") + entry("package/lib.js"),
            "tarball-path",
            "the tarball's path `lib.js` is the same as `Lib.js` where letter case is not told",
        ),
        (
            entry("package/\N{LATIN SMALL LETTER E WITH ACUTE}")
            + entry("package/E\N{COMBINING ACUTE ACCENT}"),
            "tarball-path",
            "the tarball's path `E\\u{301}` is the same as `\\u{e9}` where letter case is not told",
        ),
        (
            entry("package/a") + entry("package/a/b"),
            "tarball-path",
            "the tarball's path `a/b` lies below a file, `a`",
        ),
        (
            entry("package/a/b") + entry("package/A"),
            "tarball-path",
            "the tarball's path `A` is both a file and a folder",
        ),
        (
            entry("other/index.js"),
            "tarball-path",
            "the tarball's path `other/index.js` is not in the root folder `package`",
        ),
        (
            entry("index.js"),
            "tarball-path",
            "the tarball's path `index.js` is not in the root folder `package`",
        ),
        (
            entry("package"),
            "tarball-path",
            "the tarball's path `package` is not in the root folder `package`",
        ),
        (
            entry("package/" + "a" * 60),
            "tarball-path",
            f"the tarball's path `package/{'a' * 60}` is longer than 60 bytes",
        ),
        (
            entry("package/a", b"1" * 100_001),
            "tarball-too-large",
            "the tarball has a file of more than 100000 bytes, `package/a`",
        ),
        (
            entry("package/a", bytes(100_000)) * 2,
            "tarball-too-large",
            "the tarball unpacks to more than 20 times its size",
        ),
        (
            b"".join(entry(f"package/{i}") for i in range(50)),
            "tarball-too-large",
            "the tarball has more than 50 entries",
        ),
        (
            pax(record("mtime", "1"), type_flag=b"g") * 100,
            "tarball-too-large",
            "the tarball has too many entries",
        ),
    ],
)
def test_a_hostile_entry_is_refused_and_named(attack, expected, message):
    limits = TarballLimits(
        unpacked=1_000_000, file=100_000, ratio=20, ratio_floor=150_000, entries=50, path=60
    )

    assert refusal(inspect, gzipped(attack), limits=limits) == (expected, message)


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "../x",
        "package/../../x",
        "package/..",
        "package/./x",
        "./package/x",
        "package//x",
        "package\\..\\x",
        "package/a\x07",
        "package/C:/x",
        "c:",
        "",
    ],
)
def test_a_path_that_leaves_the_package_or_is_not_plain_is_refused(path):
    assert code(inspect, gzipped(entry(path))) == "tarball-path"
    assert code(inspect, gzipped(pax(record("path", path)) + entry())) == "tarball-path"


def test_a_nul_cannot_hide_in_a_pax_path():
    attack = pax(record("path", "package/a\x00.js")) + entry()

    assert refusal(inspect, gzipped(attack)) == (
        "malformed-tarball",
        "the tarball has a pax header with a broken record",
    )


@pytest.mark.parametrize(
    ("attack", "fault"),
    [
        (entry(size=b"00000000777x"), "does not say the size of an entry"),
        (entry(size=b""), "does not say the size of an entry"),
        (entry(size=b"\x80" + b"\x00" * 10 + b"\x01"), "does not say the size of an entry"),
        (entry(size=b"\xff" * 12), "does not say the size of an entry"),
        (entry(checksum=b"0000000\x00"), "has a header whose checksum is wrong, or is no tar archive"),
        (entry(link=b"package/x"), "has an entry with a link's target that is no link"),
        (entry(b"package/\xff"), "has a path that is not UTF-8"),
        (entry(magic=bytes(8), prefix=b"evil"), "has a header of an unknown format"),
        (entry(magic=GNU, prefix=b"evil"), "has a header of an unknown format"),
        (entry(magic=b"ustar\x00\x00\x00"), "has a header of an unknown format"),
        (entry("package/lib", b"1", type_flag=b"5"), "has a folder with a body, `package/lib`"),
        (entry("package/lib/", b"1"), "has a folder with a body, `package/lib/`"),
        (pax(record("size", "2")) + entry(), "says two sizes of `package/index.js`"),
        (pax(record("size", "-1")) + entry(), "has a pax header whose size is no number"),
        (pax(record("GNU.sparse.major", "1")) + entry(), "has a pax header that is not understood, `GNU.sparse.major`"),
        (pax(record("path", "package/b"), type_flag=b"g") + entry(), "has a global pax header that changes entries"),
        (pax(record("path", "package/b")) * 2 + entry(), "has two extended headers for one entry"),
        (
            pax(record("path", "package/b")) + entry("././@LongLink", b"package/c\x00", type_flag=b"L") + entry(),
            "has two extended headers for one entry",
        ),
        (pax(record("path", "package/b")), "ends behind an extended header"),
        (pax(record("comment", "x\n21 path=package/evil")) + entry(), "has a pax header with a broken record"),
        (pax(record("path", "a") * 2) + entry(), "has a pax header with a broken record"),
        (pax(b"99 path=package/b\n") + entry(), "has a pax header with a broken record"),
        (pax(b"18 path=package/b ") + entry(), "has a pax header with a broken record"),
        (pax(b"0 \n") + entry(), "has a pax header with a broken record"),
        (pax(b"9 path=\xff\n") + entry(), "has a pax header that is not UTF-8"),
        (entry("x", b"a\x00b\x00", type_flag=b"L") + entry(), "has a long name with a NUL in it"),
        (entry("x", b"a" * 65_537, type_flag=b"L"), "has an extended header of more than 65536 bytes"),
        (END[:512] + entry(), "goes on behind its end"),
        (END + b"\x01", "goes on behind its end"),
        (entry()[:700], "is cut off"),
        (entry(size=b"00000077777"), "is cut off"),
    ],
)  # fmt: skip
def test_what_unpackers_would_read_differently_is_refused(attack, fault):
    data = gzipped(attack, end=b"" if fault == "is cut off" else END)

    assert refusal(inspect, data) == ("malformed-tarball", f"the tarball {fault}")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the tarball's gzip data is cut off"),
        (gzipped()[:-1], "the tarball's gzip data is cut off"),
        (b"PK\x03\x04", "the tarball is not gzip data, or is damaged"),
        (gzip.decompress(gzipped()), "the tarball is not gzip data, or is damaged"),
        (zlib.compress(gzip.decompress(gzipped())), "the tarball is not gzip data, or is damaged"),
        (gzipped()[:-8] + bytes(8), "the tarball is not gzip data, or is damaged"),
        (gzipped() + b"\x00", "the tarball goes on behind its gzip data"),
        (gzipped() + gzipped(), "the tarball goes on behind its gzip data"),
        (gzipped() + bytes(200_000), "the tarball goes on behind its gzip data"),
    ],
)
def test_anything_but_one_whole_gzip_member_is_refused(data, message):
    assert refusal(inspect, data) == ("malformed-tarball", message)


def test_a_bomb_is_refused_before_it_is_unpacked():
    bomb = gzipped(entry("package/zeros", bytes(64 * 1024 * 1024)))

    assert refusal(inspect, bomb) == (
        "tarball-too-large",
        "the tarball unpacks to more than 200 times its size",
    )


def test_a_tarball_is_bounded_as_a_whole():
    data = gzipped(*(entry(f"package/{i}", b"1" * 99_000) for i in range(12)))
    limits = TarballLimits(unpacked=1_000_000, ratio=10_000)

    assert refusal(inspect, data, limits=limits) == (
        "tarball-too-large",
        "the tarball unpacks to more than 1000000 bytes",
    )


def test_a_tarball_without_a_package_json_is_refused():
    assert refusal(inspect, gzipped(entry("package/lib/package.json"), package_json=False)) == (
        "tarball-no-package-json",
        "the tarball has no `package.json` in its root folder, which is normally `package/`",
    )


@pytest.mark.parametrize(
    ("package_json", "message"),
    [
        (b"[]", "the tarball's package.json is not a JSON object"),
        (
            b'{"name":"a","name":"b"}',
            "the tarball's package.json has the name `name` twice in one object",
        ),
        (b"{" * 99, "the tarball's package.json is not JSON at character 1"),
        (
            b" " * 1_048_577,
            "the tarball's package.json has 1048577 bytes: at most 1048576 are read",
        ),
    ],
)
def test_a_package_json_that_is_read_differently_here_and_there_is_refused(package_json, message):
    data = gzipped(entry("package/package.json", package_json), package_json=False)

    assert refusal(inspect, data) == ("malformed-package-json", message)


def test_a_byte_order_mark_before_package_json_is_read_over():
    data = gzipped(
        entry("package/package.json", b"\xef\xbb\xbf" + PACKAGE_JSON), package_json=False
    )

    assert inspect(data).package_json == {"name": "widget", "version": "1.0.0"}


ARCHIVE = gzip.decompress(tarball(files={"package/README.md": b"# hello"}))


@given(data=st.data())
def test_a_damaged_archive_is_malformed_or_still_one(data):
    start = data.draw(st.integers(0, len(ARCHIVE) - 1))
    damage = data.draw(st.binary(min_size=1, max_size=20))
    damaged = ARCHIVE[:start] + damage + ARCHIVE[start + len(damage) :]

    found = outcome(inspect, gzip.compress(damaged, compresslevel=1))

    assert isinstance(found, Tarball | Malformed)


@given(data=st.binary())
def test_any_bytes_are_a_tarball_or_malformed(data):
    assert isinstance(outcome(inspect, data), Malformed)
    assert isinstance(outcome(inspect, gzip.compress(data)), Malformed)
