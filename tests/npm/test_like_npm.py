"""Names, versions, ranges, tags, .npmrc files and tarballs, compared with npm's own modules."""

import base64
import json
import random
from typing import Any

import pytest

from imprint.npm import manifest_fields
from imprint.npm.manifests import served_manifest
from imprint.npm.names import PackageName, is_reserved
from imprint.npm.npmrc import NpmrcLayer, auth_token, nerf_dart, parse_npmrc
from imprint.npm.publish_body import Publication, decode
from imprint.npm.ranges import VersionRange, is_dist_tag
from imprint.npm.tarball import Tarball, inspect
from imprint.npm.versions import Version
from imprint.refusals import Malformed
from tests.npm.archives import END, GNU, entry, gzipped, pax, record
from tests.npm.real_npm import answer
from tests.npm.refusing import outcome


def made_of(pieces, *, count, most):
    """The same texts each time, put together of pieces."""
    chance = random.Random(20_261_122)
    return ["".join(chance.choices(pieces, k=chance.randint(1, most))) for _ in range(count)]


def or_none(parse, text):
    found = outcome(parse, text)
    return None if isinstance(found, Malformed) else found


def is_stricter_than_npm(name):
    """Scopes of plain characters, no `@scope/-`, no folder's name within a scope: on purpose."""
    scope, _, rest = name.removeprefix("@").partition("/")
    return name[0] == "@" and (
        scope[0] == "." or bool(set(scope) & set("~!")) or rest in ("-", "node_modules")
    )


def test_the_same_names_are_allowed_for_new_packages():
    texts = made_of(
        ["@", "/", "a", "B", ".", "-", "_", "~", "node_modules", "%", " ", "é", "!"],
        count=20_000,
        most=6,
    )

    theirs = answer(
        "const allowed = ours('validate-npm-package-name');"
        "say(data.filter(name => { const said = allowed(name);"
        "return !said.errors && !(said.warnings || []).some(w => !w.includes('core module')) }))",
        texts,
    )

    mine = [text for text in texts if or_none(PackageName.parse, text)]
    assert mine == [text for text in theirs if not is_stricter_than_npm(text)]
    assert len(mine) > 500


@pytest.mark.case("J05")
def test_every_module_of_node_is_a_reserved_name():
    modules = answer(
        "say(require('node:module').builtinModules.filter(name => /^[a-z][a-z0-9_]*$/.test(name)))",
        0,
    )

    assert [name for name in modules if not is_reserved(PackageName.parse(name))] == []


VERSION_PIECES = [
    "1",
    "0",
    "01",
    "10",
    ".",
    ".",
    ".",
    "-",
    "+",
    "a",
    "rc",
    "v",
    "=",
    " ",
    "1.2.3",
    "9007199254740991",
    "9007199254740992",
]


def test_the_same_versions_are_valid():
    texts = made_of(VERSION_PIECES, count=20_000, most=8)

    theirs = answer(
        "const semver = ours('semver');"
        "say(data.filter(text => semver.valid(text) && text === text.trim() && text[0] !== 'v'))",
        texts,
    )

    mine = [text for text in texts if or_none(Version.parse, text)]
    assert mine == theirs
    assert len(mine) > 200


def test_versions_are_cleaned_alike():
    texts = made_of(VERSION_PIECES, count=20_000, most=8)

    theirs = answer(
        "const semver = ours('semver'); say(data.map(text => semver.clean(text)))", texts
    )

    mine = [or_none(Version.clean, text) for text in texts]
    assert [version and str(version) for version in mine] == theirs


def test_versions_are_sorted_alike():
    tails = [
        "",
        "-a",
        "-a.1",
        "-a.b",
        "-1",
        "-2",
        "-10",
        "-a.1.1",
        "-0",
        "-A",
        "--",
        "-a-b",
        "+1",
        "+a",
        "+1.2",
        "-a+1",
    ]
    chance = random.Random(1)
    texts = [
        f"{chance.randint(0, 2)}.{chance.randint(0, 2)}.1{chance.choice(tails)}"
        for _ in range(3000)
    ]

    theirs = answer("say(data.sort(ours('semver').compareBuild))", texts)

    assert list(map(str, sorted(map(Version.parse, texts)))) == theirs


def ranges():
    chance = random.Random(2)
    numbers = ["0", "1", "2", "3", "10", "x", "*", "X"]
    tails = ["", "", "", "-alpha", "-alpha.1", "-beta.2", "-0", "-rc.10", "+b1", "-alpha+b"]
    operators = ["", "", "^", "~", ">", ">=", "<", "<=", "=", "~>", "> ", ">= ", "^ ", "~ "]

    def part():
        parts = chance.choices(numbers, k=chance.randint(1, 3))
        tail = chance.choice(tails) if len(parts) == 3 else ""
        return chance.choice(["", "", "", "v"]) + ".".join(parts) + tail

    def alternative():
        if chance.random() < 0.15:
            return f"{part()} - {part()}"
        return " ".join(chance.choice(operators) + part() for _ in range(chance.choice([1, 1, 2])))

    return [
        "||".join(alternative() for _ in range(chance.choice([1, 1, 1, 2, 3])))
        for _ in range(20_000)
    ]


def test_the_same_versions_are_inside_of_the_same_ranges():
    tails = ["", "", "-alpha", "-alpha.1", "-beta.2", "-0", "-rc.10"]
    chance = random.Random(3)
    numbers = [0, 1, 2, 3, 10]
    pairs = [
        [".".join(map(str, chance.choices(numbers, k=3))) + chance.choice(tails), text]
        for text in ranges()
    ]

    theirs = answer(
        "const semver = ours('semver'); say(data.map(([version, range]) =>"
        "semver.validRange(range) === null ? null : [semver.satisfies(version, range),"
        "semver.satisfies(version, range, {includePrerelease: true})]))",
        pairs,
    )

    for (version, text), expected in zip(pairs, theirs, strict=True):
        assert inside(version, text) == expected, (version, text)


def inside(version, text):
    wanted = or_none(VersionRange.parse, text)
    if wanted is None:
        return None
    with_prereleases = VersionRange.parse(text, include_prerelease=True)
    return [wanted.admits(Version.parse(version)), with_prereleases.admits(Version.parse(version))]


def test_odd_ranges_are_valid_or_not_alike():
    pieces = [
        " ",
        "  ",
        "1",
        "2",
        "0",
        ".",
        ".",
        "x",
        "v",
        "=",
        ">",
        "<",
        "~",
        "^",
        "-",
        " - ",
        "||",
        "|",
        "-a",
        "+b",
        "a",
        "\t",
        "1.2.3",
        "1.2",
    ]
    # `v= 1` is a range here, and `1.2.3*` none: npm takes a star out wherever it stands.
    texts = [text for text in made_of(pieces, count=20_000, most=7) if "v=" not in text]

    theirs = answer(
        "const semver = ours('semver'); say(data.filter(text => semver.validRange(text) !== null))",
        texts,
    )

    assert [text for text in texts if or_none(VersionRange.parse, text)] == theirs


def test_the_same_words_are_dist_tags():
    texts = made_of(
        [
            "1",
            ".",
            "x",
            "v",
            "*",
            "-",
            "a",
            "latest",
            "~",
            "=",
            "_",
            "!",
            "'",
            "(",
            " ",
            "%",
            "é",
            "/",
            "0",
        ],
        count=20_000,
        most=6,
    )

    theirs = answer(
        "const semver = ours('semver'); say(data.filter(text =>"
        "semver.validRange(text) === null && encodeURIComponent(text) === text))",
        texts,
    )

    # `.` and `..` would not arrive: they are paths.
    assert [text for text in texts if is_dist_tag(text)] == [
        t for t in theirs if t not in (".", "..")
    ]


def test_npmrc_files_say_the_same():
    pieces = [
        "registry",
        "=",
        "=",
        " ",
        "\n",
        "\r\n",
        '"',
        "'",
        ";",
        "#",
        "\\",
        "${A}",
        "${B}",
        "${B?}",
        "\\${A}",
        "\\\\${A}",
        "@acme:registry",
        "https://h.test/",
        "//h.test/:_authToken",
        "[section]",
        "true",
        "k",
        "é",
        '"v"',
        "'v'",
        "1",
    ]
    texts = made_of(pieces, count=20_000, most=9)

    theirs = answer(
        "const ini = ours('ini'), expand = ours('@npmcli/config/lib/env-replace.js');"
        "const text = value => typeof value === 'string' ? expand(value, {A: 'value'}) : String(value);"
        "say(data.map(file => Object.fromEntries(Object.entries(ini.parse(file))"
        ".filter(([, value]) => typeof value !== 'object' || value === null)"
        ".map(([key, value]) => [expand(key, {A: 'value'}), text(value)]))))",
        texts,
    )

    for file, expected in zip(texts, theirs, strict=True):
        assert dict(parse_npmrc(file, origin="x", environment={"A": "value"}).values) == expected


URLS = [
    "https://h.test/",
    "https://h.test",
    "https://h.test/a/b/",
    "https://h.test/a/b",
    "http://H.test:80/x",
    "https://h.test:8443/a",
    "https://u:p@h.test/a/",
    "http://[::1]:4873/x/y?z=1#f",
    "https://h.test/a//b/",
]


def test_registries_are_written_alike_in_the_names_of_credentials():
    theirs = answer("say(data.map(ours('@npmcli/config/lib/nerf-dart.js')))", URLS)

    assert list(map(nerf_dart, URLS)) == theirs


def test_the_same_token_goes_to_the_same_address():
    chance = random.Random(4)
    prefixes = [
        "//h.test/",
        "//h.test",
        "//h.test/a/",
        "//h.test/a",
        "//h.test/a/b/",
        "//h.test/a/b",
        "//h.test:8443/",
        "//[::1]:4873/x/",
    ]
    names = ["_authToken", "_authToken", "_auth", "username", "_password"]
    cases: Any = [
        [
            {
                f"{chance.choice(prefixes)}:{chance.choice(names)}": chance.choice(
                    ["", "one", "two"]
                )
                for _ in range(3)
            },
            chance.choice(URLS),
        ]
        for _ in range(3000)
    ]

    theirs = answer(
        "const auth = ours('npm-registry-fetch/lib/auth.js');"
        "say(data.map(([options, url]) => auth(url, {...options, registry: 'https://other.test/'}).token || null))",
        cases,
    )

    found = [auth_token([NpmrcLayer(origin="x", values=values)], url) for values, url in cases]
    assert [token and token.token for token in found] == theirs


def archives():
    """Tarballs of odd pieces, of which many are refused; node-tar must read the others alike."""
    chance = random.Random(5)
    pieces = [
        entry("package/a", b"1"),
        entry("package/b/c", b"22"),
        entry("package/d/", b""),
        entry("package/e", b"", type_flag=b"5"),
        entry("f", b"333", prefix=b"package"),
        entry("package/g", b"4", magic=GNU),
        entry("package/h", b"5", magic=bytes(8)),
        entry("package/i", b"6" * 600, type_flag=b"\x00"),
        entry("package/j", b"7", type_flag=b"7"),
        entry("package/k", b"", type_flag=b"2", link=b"x"),
        entry("package/l", b"8", link=b"x"),
        pax(record("path", "package/pax/long")),
        pax(record("path", "package/pax/é") + record("size", "1")),
        pax(record("comment", "path=x") + record("mtime", "1.5")),
        pax(record("comment", "x\n20 path=package/x\n")),
        pax(record("uname", "x"), type_flag=b"g"),
        pax(record("path", "package/global"), type_flag=b"g"),
        entry("././@LongLink", b"package/gnu/long\x00", type_flag=b"L"),
        entry("././@LongLink", b"package/gnu/two\x00x", type_flag=b"L"),
        entry("o" * 98 + "é", b"9", prefix=b"package"),
        bytes(512),
        entry("package/m", b"1", size=b" 1"),
        entry("package/n", b"1", size=b"1 2"),
        entry(b"package/\xff", b"1"),
    ]
    return [
        gzipped(
            *chance.sample(pieces, chance.randint(1, 3)), end=chance.choice([END, b"", bytes(512)])
        )
        for _ in range(4000)
    ]


def test_what_is_read_in_a_tarball_is_what_npm_unpacks():
    accepted = [
        (data, found) for data in archives() if isinstance(found := outcome(inspect, data), Tarball)
    ]

    theirs = answer(
        "const { Parser } = ours('tar'); say(data.map(text => { const files = [];"
        "const parser = new Parser({ strict: true, onReadEntry(entry) {"
        "if (entry.type !== 'Directory') files.push([entry.path.replace(/^[^/]*\\//, ''), entry.size]);"
        "entry.resume() } });"
        "parser.end(Buffer.from(text, 'base64')); return files }))",
        [base64.b64encode(data).decode() for data, _ in accepted],
    )

    assert len(accepted) > 500
    for (_, found), files in zip(accepted, theirs, strict=True):
        assert list(found.paths) == [path for path, _ in files]
        assert found.unpacked_size == sum(size for _, size in files)


COMMANDS: Any = [
    "x.js",
    "../../x.js",
    "",
    0,
    None,
    True,
    ["a/b.js", "c.js", "", "../"],
    {"../a": "../x.js", "b/c": "./x", "d": "/etc/passwd", "e": "x//y"},
    {"": "x", "a": "", "b": ".", "c": 3, ".": "x", "..": "x"},
    {"a\\b": "c\\d", "c:d": "C:\\x", "@s/t": "q", ".bin": "x"},
    {},
    [],
]


def test_commands_are_written_alike():
    theirs = answer(
        "const PackageJson = ours('@npmcli/package-json'); Promise.all(data.map(async bin => {"
        "const made = new PackageJson().fromContent({ name: '@acme/widget', version: '1.0.0', bin });"
        "await made.normalize({ steps: ['bin'] }); return made.content.bin ?? null })).then(say)",
        COMMANDS,
    )

    assert [manifest_fields.commands(value, name="@acme/widget") for value in COMMANDS] == theirs


REPOSITORIES: Any = [
    "o/r",
    "github:o/r",
    "gitlab:g/s/p",
    "bitbucket:o/r#v1",
    "https://github.com/o/r",
    "https://www.github.com/o/r.git",
    "git+https://gitlab.com/g/s/p.git",
    "https://github.com/o/r#main",
    "git://github.com/o/r.git",
    "git@github.com:o/r.git",
    "ssh://git@github.com/o/r",
    "https://git.example.test/x.git",
    {"type": "git", "url": "https://github.com/o/r", "directory": "packages/x"},
]


def test_repositories_are_written_alike():
    theirs = answer(
        "const PackageJson = ours('@npmcli/package-json'); Promise.all(data.map(async repository => {"
        "const made = new PackageJson().fromContent({ name: 'a', version: '1.0.0', repository });"
        "await made.normalize({ steps: ['fixRepositoryField'] }); return made.content.repository }))"
        ".then(say)",
        REPOSITORIES,
    )

    assert list(map(manifest_fields.repository, REPOSITORIES)) == theirs


PEOPLE_AND_PLACES: Any = [
    ["author", "A B <a@b.c> (http://x)"],
    ["author", "<a@b>"],
    ["author", {"name": "x", "email": "e", "url": "u", "web": "w"}],
    ["contributors", ["A <a@b>", {"name": "c"}]],
    ["bugs", "http://x.y/z"],
    ["bugs", "a@b.c"],
    ["bugs", {"url": "http://x", "email": "a@b.c", "x": 1}],
    ["keywords", "a, b c"],
    ["keywords", ["a", 1, ""]],
    ["license", {"type": "MIT"}],
]
NORMAL: Any = {
    "author": manifest_fields.person,
    "contributors": manifest_fields.people,
    "bugs": manifest_fields.bugs,
    "keywords": manifest_fields.keywords,
    "license": manifest_fields.licence,
}


def test_what_is_for_people_is_written_alike():
    theirs = answer(
        "const PackageJson = ours('@npmcli/package-json'); Promise.all(data.map(async ([name, value]) => {"
        "const made = new PackageJson().fromContent({ name: 'a', version: '1.0.0', [name]: value });"
        "await made.normalize({ steps: ['normalizeData'] }); return made.content[name] })).then(say)",
        PEOPLE_AND_PLACES,
    )

    assert [NORMAL[name](value) for name, value in PEOPLE_AND_PLACES] == theirs


def test_what_npm_publishes_is_served_as_npm_wrote_it():
    bodies = answer(
        "const fetch = path => require.resolve(process.env.NPM_MODULES + '/' + path);"
        "let sent; const real = ours('npm-registry-fetch');"
        "require.cache[fetch('npm-registry-fetch')].exports = Object.assign("
        "async (path, options) => { sent = options.body; return {} }, { pickRegistry: real.pickRegistry });"
        "const { publish } = ours('libnpmpublish'), pacote = ours('pacote');"
        "const PackageJson = ours('@npmcli/package-json'), Arborist = ours('@npmcli/arborist');"
        "const bodyOf = async name => { const folder = process.env.NPM_MODULES + '/' + name;"
        "const { content } = await PackageJson.prepare(folder);"
        "const tarball = await pacote.tarball(folder, { Arborist, ignoreScripts: true });"
        "await publish(content, tarball, { registry: 'https://registry.example.test/', npmVersion: '11.0.0' });"
        "return sent };"
        "(async () => { const all = []; for (const name of data) all.push(await bodyOf(name)); say(all) })()",
        [
            "semver",
            "node-gyp",
            "cssesc",
            "mute-stream",
            "minimatch",
            "@npmcli/arborist",
            "@npmcli/agent",
        ],
    )

    for sent in bodies:
        read = decode(json.dumps(sent).encode(), package=PackageName.parse(sent["name"]))
        assert isinstance(read, Publication)
        manifest = served_manifest(
            inspect(read.tarball), package=read.package, version=read.version, client=read.manifest
        )

        served = json.loads(manifest.full)
        assert (
            manifest.readme.strip() == str(read.manifest["readme"]).strip()[: len(manifest.readme)]
        )
        beside = {"_hasShrinkwrap"}
        theirs = read.manifest.keys() - {"dist", "readme", "readmeFilename"} - beside
        assert {name: served.get(name) for name in theirs} == {
            name: read.manifest[name] for name in theirs
        }
        assert served.keys() - beside <= theirs
