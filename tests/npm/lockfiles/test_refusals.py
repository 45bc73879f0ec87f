"""What is no lockfile, or none that is read here, is said by name and line."""

import json

import pytest

from imprint.npm.lockfiles import read
from imprint.npm.lockfiles.read import read_lockfile
from imprint.refusals import Malformed

PNPM = "lockfileVersion: '9.0'\n\nimporters:\n\n  .: {}\n\n"
TWO_DIGESTS = """packages:
  a@1.0.0:
    resolution: {integrity: b, 'integrity': c}
snapshots:
  a@1.0.0: {}
"""
YARN = "# yarn lockfile v1\n\n"
BERRY = "__metadata:\n  version: 8\n\n"


def refused(text: str | bytes, filename: str, **manifests: bytes) -> str:
    data = text.encode() if isinstance(text, str) else text
    with pytest.raises(Malformed) as caught:
        read_lockfile(
            data, filename=filename, manifests={f"{k}.json": v for k, v in manifests.items()}
        )
    return f"{caught.value.code}: {caught.value.message}"


@pytest.mark.parametrize(
    ("filename", "text", "said"),
    [
        (
            "package-lock.json",
            '{"lockfileVersion": 4}',
            "npm's, version `4`, expected lockfileVersion 1, 2 or 3",
        ),
        (
            "package-lock.json",
            '{"lockfileVersion": "3"}',
            "npm's, version `3`, expected lockfileVersion 1, 2 or 3",
        ),
        (
            "package-lock.json",
            "{}",
            "npm's, version `None`, expected lockfileVersion 1, 2 or 3",
        ),
        (
            "pnpm-lock.yaml",
            "lockfileVersion: '6.0'\n",
            "pnpm's, version `6.0`, expected lockfileVersion 9.x",
        ),
        (
            "pnpm-lock.yaml",
            "lockfileVersion: 5.4\n",
            "pnpm's, version `5.4`, expected lockfileVersion 9.x",
        ),
        (
            "yarn.lock",
            "__metadata:\n  version: 3\n",
            "yarn's, version `3`, expected `__metadata` of version 4 to 10",
        ),
        (
            "yarn.lock",
            "__metadata:\n  version: 11\n",
            "yarn's, version `11`, expected `__metadata` of version 4 to 10",
        ),
        (
            "bun.lock",
            '{"lockfileVersion": 3}',
            "bun's, version `3`, expected lockfileVersion 1 or 2",
        ),
        (
            "bun.lockb",
            b"#!/usr/bin/env bun\nbun-lockfile-format-v0\n\x00",
            "bun's, version `bun.lockb (binary)`, expected bun.lock, the text",
        ),
    ],
)
def test_a_version_that_is_not_read_is_said_by_name(filename, text, said):
    assert refused(text, filename) == f"unknown-lockfile-version: the lockfile is {said}"


def test_another_file_is_no_lockfile():
    assert refused("x = 1", "Cargo.lock").startswith(
        "unknown-lockfile: `Cargo.lock` is no lockfile"
    )


@pytest.mark.parametrize("filename", read.LOCKFILE_NAMES)
def test_merge_conflicts_are_called_that(filename):
    text = "a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> theirs\n"

    assert refused(text, filename) == (
        "malformed-lockfile: the lockfile has 3 merge conflict markers of `HEAD` and `theirs`, line 2"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a\n=======\nc\n>>>>>>> theirs\n", "has 2 merge conflict markers of `theirs`, line 4"),
        ("<<<<<<<\n", "has 1 merge conflict marker, line 1"),
        (
            "<<<<<<< a\r\nb\r\n||||||| c\r\n=======\r\n>>>>>>> d/e f\r\n",
            "has 4 merge conflict markers of `a` and `c` and `d/e f`, line 1",
        ),
    ],
)
def test_what_is_left_of_a_merge_is_called_that(text, said):
    assert refused(text, "yarn.lock") == f"malformed-lockfile: the lockfile {said}"


@pytest.mark.parametrize("filename", read.LOCKFILE_NAMES)
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-16-le"])
def test_utf_16_is_called_not_utf_8(filename, encoding):
    text = '{"lockfileVersion": 3}'.encode(encoding)

    assert refused(text, filename) == "malformed-lockfile: the lockfile is not UTF-8, line 1"


HINTS = {
    ("pnpm-lock.yaml", "lockfileVersion: 5.4\n"): "pnpm install --lockfile-only",
    ("pnpm-lock.yaml", "lockfileVersion: '6.0'\n"): "pnpm install --lockfile-only",
    ("pnpm-lock.yaml", "lockfileVersion: '10.0'\n"): "update imprint",
    ("shrinkwrap.yaml", "shrinkwrapVersion: 3\n"): "pnpm install --lockfile-only",
    ("bun.lockb", "#!/usr/bin/env bun\n"): "bun install --save-text-lockfile",
    ("bun.lock", '{"lockfileVersion": 0}'): "bun install --lockfile-only",
    ("bun.lock", '{"lockfileVersion": 9}'): "update imprint",
    ("package-lock.json", '{"lockfileVersion": 0}'): "npm install --package-lock-only",
    ("npm-shrinkwrap.json", '{"lockfileVersion": 4}'): "update imprint",
    ("yarn.lock", "__metadata:\n  version: 3\n"): "yarn install",
    ("yarn.lock", "__metadata:\n  version: 99\n"): "update imprint",
}


@pytest.mark.parametrize(("filename", "text"), HINTS)
def test_a_version_that_is_not_read_comes_with_what_to_do(filename, text):
    with pytest.raises(Malformed) as caught:
        read_lockfile(text.encode(), filename=filename)

    assert caught.value.code == "unknown-lockfile-version"
    assert HINTS[filename, text] in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("filename", "text"),
    [("yarn.lock", YARN + "# x\ra@1:\n  version 1\n"), ("pnpm-lock.yaml", PNPM + "a: b\rc\n")],
)
def test_a_carriage_return_that_ends_no_line_is_malformed(filename, text):
    assert "has a carriage return within a line" in refused(text, filename)


@pytest.mark.parametrize("slashes", [401, 100_000])
def test_a_place_that_is_too_deep_is_malformed(slashes):
    npm = '{"lockfileVersion": 3, "packages": {"node_modules/a": {}, "%sb": {}}}'
    bun = '{"lockfileVersion": 2, "packages": {"%sb": ["b@1.0.0", "", {}, ""]}}'

    assert "which is too deep" in refused(npm % ("node_modules/" * slashes), "package-lock.json")
    assert "which is too deep" in refused(bun % ("a/" * slashes), "bun.lock")


@pytest.mark.parametrize(
    "twice",
    [
        '"node_modules/a": {"version": "1.0.0"}, "node_modules\\/a": {"version" : "2.0.0"}',
        '"node_modules/a": {"version": "1.0.0"}, "node_modules\\u002fa": {"version"\n: "2.0.0"}',
    ],
)
def test_a_place_given_twice_in_another_spelling_is_malformed(twice):
    text = f'{{"lockfileVersion": 3, "packages": {{"": {{}}, {twice}}}}}'

    assert "the name `node_modules/a` twice" in refused(text, "package-lock.json")


@pytest.mark.parametrize("name", ["__proto__", "constructor", "toString"])
def test_names_that_javascript_has_for_itself_are_names(name):
    npm = f'{{"lockfileVersion": 3, "packages": {{"node_modules/{name}": {{"version": "1.0.0"}}}}}}'
    pnpm = f"{PNPM}packages:\n  {name}@1.0.0:\n    resolution: {{integrity: sha512-AA==}}\n"
    snapshots = f"snapshots:\n  {name}@1.0.0: {{}}\n"

    by_npm = read_lockfile(npm.encode(), filename="package-lock.json")
    by_pnpm = read_lockfile((pnpm + snapshots).encode(), filename="pnpm-lock.yaml")

    assert [each.name for each in by_npm.packages.values()] == [name]
    assert [each.name for each in by_pnpm.packages.values()] == [name]


@pytest.mark.parametrize("filename", [*read.LOCKFILE_NAMES])
def test_what_is_not_utf_8_is_malformed(filename):
    assert refused(b"a\n\xff", filename).startswith("malformed-lockfile: ")


def test_a_file_of_more_bytes_than_are_read_is_malformed(monkeypatch):
    monkeypatch.setattr(read, "MAX_LOCKFILE_BYTES", 10)

    assert refused(b"x" * 11, "yarn.lock") == (
        "malformed-lockfile: the lockfile has 11 bytes: at most 10 are read"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is not JSON: `Input data was truncated`, line 1"),
        ("[]", "is not a JSON object, line 1"),
        ('{"lockfileVersion": 3}', "has no object `packages`, line 1"),
        ('{\n"lockfileVersion": 3,\n"packages": {"": {},\n"node_modules/a": 1}}', "line 4"),
        ('{\n"lockfileVersion": 3,\n"packages": {\n"node_modules/a": {"version": 1}}}', "line 4"),
        (
            '{\n"lockfileVersion": 3,\n"packages": {\n"node_modules/a": {"dependencies": []}}}',
            "line 4",
        ),
        (
            '{"lockfileVersion": 3,\n"packages": {"node_modules/a b": {"version": "1.0.0"}}}',
            "has `a b` where a package's name belongs, line 2",
        ),
        (
            '{"lockfileVersion": 3,\n"packages": {"node_modules/..": {"version": "1.0.0"}}}',
            "has `..` where a package's name belongs, line 2",
        ),
        ('{"lockfileVersion": 1, "dependencies": {"a": []}}', "is not in npm's shape"),
        ('{"lockfileVersion": 3, "x":' + "[" * 100_000, "is nested too deeply"),
    ],
)
def test_a_broken_lockfile_of_npms_is_malformed(text, said):
    message = refused(text, "package-lock.json")

    assert message.startswith("malformed-lockfile: ")
    assert said in message


@pytest.mark.parametrize("version", [1, 2, 3])
@pytest.mark.parametrize("twice", ["version", "integrity", "resolved"])
def test_a_name_given_twice_is_malformed(version, twice):
    entry = f'{{"version": "1.0.0", "{twice}": "1.0.0", "{twice}": "2.0.0"}}'
    text = (
        f'{{"lockfileVersion": {version}, "packages": {{"": {{}}, "node_modules/a": {entry}}},'
        f'"dependencies": {{"a": {entry}}}}}'
    )

    assert "twice in one object" in refused(text, "package-lock.json")


def test_a_place_given_twice_is_malformed():
    text = '{"lockfileVersion": 3, "packages": {"node_modules/a": {}, "node_modules/a": {}}}'

    assert refused(text, "package-lock.json") == (
        "malformed-lockfile: the lockfile has the name `node_modules/a` twice in one object"
    )


@pytest.mark.parametrize("endless", ['"\\', "/* "], ids=["text", "comment"])
def test_what_has_no_end_in_a_lockfile_of_buns_is_looked_through_once(endless):
    message = refused('{"lockfileVersion": 1,' + endless * 200_000, "bun.lock")

    assert message.startswith("malformed-lockfile: the lockfile is not JSON")


def test_packages_of_bun_given_twice_are_malformed():
    text = '{\n  "lockfileVersion": 2,\n  "packages": {},\n  "packages": {\n    "a": ["a@1.0.0"],\n  }\n}\n'

    assert "has the name `packages` twice" in refused(text, "bun.lock")


def test_a_place_of_bun_given_twice_is_malformed():
    text = '{\n  "lockfileVersion": 2,\n  "packages": {\n    "a": ["a@1.0.0"],\n    "a": ["a@2.0.0"],\n  }\n}\n'

    assert "has the name `a` twice" in refused(text, "bun.lock")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("packages:\n\ta: b\n", "line 8"),
        ("packages:\n   a: b\n", "has other blanks before a key than it should, line 8"),
        ("packages:\n  a: b\n  a: c\n", "has `a` twice, line 9"),
        ("packages:\n  a: &anchor b\n", "more YAML than lockfiles have, line 8"),
        ("packages:\n  a: *alias\n", "more YAML than lockfiles have, line 8"),
        ("packages:\n  a: !!binary b\n", "more YAML than lockfiles have, line 8"),
        ("packages:\n  <<: b\n", "has no mapping for `<<`"),
        ("packages:\n  a: 'b\n", "a quoted text without its end, line 8"),
        ("packages:\n  a: {b: c\n", "which has no end in its line, line 8"),
        ("packages:\n  a: b: c\n", "which a YAML reader takes for something else, line 8"),
        ("packages:\n  a: b # c\n", "which a YAML reader takes for something else, line 8"),
        (
            "packages:\n  a@1.0.0: {}\nsnapshots:\n  b@1.0.0: {}\n",
            "has a snapshot `b@1.0.0`, and no package of it",
        ),
        (
            "packages:\n  a@1.0.0:\n    engines: {}\nsnapshots:\n  a@1.0.0: {}\n",
            "has a package without a resolution, line 8",
        ),
        ("packages: []\n", "has a `packages` that is no mapping"),
        ("packages:\n  a@1.0.0: b\n", "has no mapping for `a@1.0.0`, line 7"),
        (
            TWO_DIGESTS,
            "has `integrity` twice, line 8",
        ),
        ("packages:\n" + "".join(f"{'  ' * n}a:\n" for n in range(1, 40)), "is nested too deeply"),
    ],
)
def test_yaml_that_pnpm_does_not_write_is_malformed(text, said):
    message = refused(PNPM + text, "pnpm-lock.yaml")

    assert message.startswith("malformed-lockfile: ")
    assert said in message


def test_what_both_documents_of_pnpm_resolve_is_one_thing():
    packages = "packages:\n  a@1.0.0:\n    resolution: {integrity: sha512-%b==}\n"
    first, second = (f"{PNPM}{packages.replace('%b', digest)}" for digest in ("AA", "BB"))

    message = refused(f"---\n{first}\n---\n{second}", "pnpm-lock.yaml")

    assert "resolves `a@1.0.0` twice, each to something else" in message


@pytest.mark.parametrize(
    "resolution",
    [
        "{type: git, repo: https://evil.test/a.git, commit: abc, integrity: sha512-AA==}",
        "{type: directory, directory: ./evil, integrity: sha512-AA==}",
        "{gitHosted: true, tarball: https://evil.test/a.tgz, integrity: sha512-AA==}",
    ],
)
def test_a_version_of_a_registry_that_pnpm_takes_from_elsewhere_stays_the_registrys(resolution):
    text = (
        f"{PNPM}packages:\n  a@1.0.0:\n    resolution: {resolution}\nsnapshots:\n  a@1.0.0: {{}}\n"
    )

    (found,) = read_lockfile(text.encode(), filename="pnpm-lock.yaml").packages.values()

    assert (found.source, found.version, found.integrity) == ("registry", "1.0.0", None)
    assert "evil" in (found.resolved or "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a@1:\n  version 1\n", None),
        ("  version 1\n", "has `version 1` where it does not belong, line 3"),
        ("a@1:\n   version 1\n", "where it does not belong, line 4"),
        ("a@1\n", "has `a@1`, which names no package, line 3"),
        ("a@1:\n  version\n", "has `version`, which is no name and value, line 4"),
        ("a@1:\n  version 1\n  version 2\n", "has `version` where it does not belong, line 5"),
        ("a@1:\n  peers:\n", "has `peers:`, which yarn 1 does not write, line 4"),
        ("a@1:\n  resolved x\n", "has no version for `a@1`, line 3"),
        ("a@1:\n  version 1\na@1:\n  version 2\n", "line 5"),
        ('"a@1:\n  version 1\n', "line 3"),
        ('a@1:\n  version "1\\x"\n', "which is quoted wrongly, line 4"),
        ("a@1 b@2:\n  version 1\n", "which names no package, line 3"),
        # Without an end to any of them: each quote may not be looked at to the end of the line.
        ('"\\' * 200_000 + ":\n  version 1\n", "which names no package, line 3"),
    ],
)
def test_what_yarn_1_does_not_write_is_malformed(text, said):
    if said is None:
        assert len(read_lockfile((YARN + text).encode(), filename="yarn.lock").packages) == 1
    else:
        message = refused(YARN + text, "yarn.lock")
        assert message.startswith("malformed-lockfile: ")
        assert said in message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('"a@npm:1":\n  version: 1.0.0\n', "has no resolution for `a@npm:1`, line 4"),
        ('"a@npm:1":\n  resolution: "a@npm:1.0.0"\n', "has no version for `a@npm:1`, line 4"),
        ('"a@npm:1": text\n', "has no mapping for `a@npm:1`"),
        (
            '? "a@npm:1"\n  version: 1.0.0\n',
            "has a `?` key without its `:` in the next line, line 4",
        ),
        (
            '"a@npm:1":\n  resolution: "a@npm:1.0.0"\n"a@npm:1, b@npm:2":\n  resolution: "a@npm:1"\n',
            "has `a@npm:1` twice, line 6",
        ),
        ('---\n"a@npm:1":\n  version: 1.0.0\n', "has 2 YAML documents, expected one"),
        (
            '"a@npm:1":\n  version: 1.0.0\n  resolution: "a@npm:1.0.0"\n  dependencies: x\n',
            "has a `dependencies` that is no mapping, line 4",
        ),
    ],
)
def test_what_berry_does_not_write_is_malformed(text, said):
    message = refused(BERRY + text, "yarn.lock")

    assert message.startswith("malformed-lockfile: ")
    assert said in message


@pytest.mark.parametrize(
    "row",
    [
        '"a@1.0.0"',
        "[]",
        "[1]",
        '["a@1.0.0", 1]',
        '["a b@1.0.0"]',
        '["a@1.0.0", "", {"dependencies": {"b": 1}}]',
    ],
)
def test_what_bun_does_not_write_is_malformed(row):
    text = f'{{"lockfileVersion": 2,\n"packages": {{"a": {row}}}}}'

    assert refused(text, "bun.lock").endswith("line 2")


def test_a_broken_package_json_is_called_that():
    assert refused("# yarn lockfile v1\n", "yarn.lock", package=b"{").startswith(
        "malformed-manifest: `package.json` is not JSON"
    )


def test_a_million_keys_that_are_not_found_do_not_cost_a_million_searches():
    packages: dict[str, object] = {f"node_modules/é{number}": {} for number in range(20_000)}
    text = json.dumps({"lockfileVersion": 3, "packages": packages}, indent=2)

    assert refused(text, "package-lock.json").startswith("malformed-lockfile: ")


def test_a_version_of_berrys_that_is_not_what_it_resolves_to_is_refused():
    entry = '"a@npm:^1.0.0":\n  version: 1.0.0\n  resolution: "a@npm:6.6.6"\n'

    said = refused(BERRY + entry, "yarn.lock")

    assert "has the version `1.0.0`, and is resolved to `6.6.6`" in said
