"""The manifest that is served: what installing goes by is the tarball's, whatever a client says."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot

from imprint.npm.manifests import served_manifest
from imprint.npm.names import PackageName
from imprint.npm.tarball import Tarball
from imprint.npm.versions import Version
from tests.npm.refusing import refusal

WIDGET = PackageName.parse("@acme/widget")


def holding(*paths, readme="", **package_json) -> Tarball:
    """A tarball with this package.json, and files at these paths."""
    described = {"name": "@acme/widget", "version": "1.0.0", **package_json}
    return Tarball(
        package_json=described,
        unpacked_size=1,
        paths=("package.json", *paths),
        readme=readme,
    )


def served(found=None, *, version="1.0.0", client=None, form="full"):
    manifest = served_manifest(
        found or holding(), package=WIDGET, version=Version.parse(version), client=client or {}
    )
    return json.loads(getattr(manifest, form))


def test_a_bare_package_is_served_with_its_id():
    assert served() == {
        "name": "@acme/widget",
        "version": "1.0.0",
        "_id": "@acme/widget@1.0.0",
        "_hasShrinkwrap": False,
    }
    assert served(form="corgi") == {"name": "@acme/widget", "version": "1.0.0"}


def test_a_whole_package_is_served_in_two_forms():
    found = holding(
        "npm-shrinkwrap.json",
        readme="# widget",
        description="A widget",
        keywords=["w"],
        license="Apache-2.0",
        author="A. Smith <a@example.test> (https://example.test)",
        repository="acme/widget",
        bugs="https://example.test/bugs",
        type="module",
        exports={".": {"import": "./index.js"}},
        bin="cli.js",
        scripts={"test": "t", "postinstall": "node setup.js", "bad": 1},
        dependencies={"left-pad": "^1.0.0"},
        peerDependencies={"react": "*"},
        peerDependenciesMeta={"react": {"optional": True}},
        bundledDependencies=["left-pad"],
        engines={"node": ">=24"},
        os="linux",
        funding="https://example.test/fund",
        sideEffects=False,
        _from="elsewhere",
    )

    assert served(found) == snapshot(
        {
            "name": "@acme/widget",
            "version": "1.0.0",
            "description": "A widget",
            "keywords": ["w"],
            "license": "Apache-2.0",
            "author": {
                "name": "A. Smith",
                "email": "a@example.test",
                "url": "https://example.test",
            },
            "repository": {"type": "git", "url": "git+https://github.com/acme/widget.git"},
            "bugs": {"url": "https://example.test/bugs"},
            "type": "module",
            "exports": {".": {"import": "./index.js"}},
            "peerDependenciesMeta": {"react": {"optional": True}},
            "engines": {"node": ">=24"},
            "os": ["linux"],
            "funding": {"url": "https://example.test/fund"},
            "sideEffects": False,
            "dependencies": {"left-pad": "^1.0.0"},
            "peerDependencies": {"react": "*"},
            "bundleDependencies": ["left-pad"],
            "bin": {"widget": "cli.js"},
            "scripts": {"test": "t", "postinstall": "node setup.js"},
            "hasInstallScript": True,
            "_id": "@acme/widget@1.0.0",
            "_hasShrinkwrap": True,
        }
    )
    assert served(found, form="corgi") == snapshot(
        {
            "name": "@acme/widget",
            "version": "1.0.0",
            "dependencies": {"left-pad": "^1.0.0"},
            "peerDependencies": {"react": "*"},
            "peerDependenciesMeta": {"react": {"optional": True}},
            "bundleDependencies": ["left-pad"],
            "bin": {"widget": "cli.js"},
            "engines": {"node": ">=24"},
            "os": ["linux"],
            "funding": {"url": "https://example.test/fund"},
            "hasInstallScript": True,
            "_hasShrinkwrap": True,
        }
    )


def test_a_readme_is_kept_beside_the_manifest():
    manifest = served_manifest(
        holding(readme="# widget"), package=WIDGET, version=Version.parse("1.0.0"), client={}
    )

    assert manifest.readme == "# widget"
    assert "readme" not in json.loads(manifest.full)


def test_nothing_that_installing_goes_by_comes_from_the_client():
    client = {
        "dependencies": {"evil": "1"},
        "optionalDependencies": {"evil": "1"},
        "scripts": {"postinstall": "evil"},
        "bin": {"node": "evil.js"},
        "engines": {"node": "0"},
        "os": ["none"],
        "bundleDependencies": ["evil"],
        "hasInstallScript": False,
        "_hasShrinkwrap": True,
        "main": "evil.js",
        "exports": "./evil.js",
        "funding": "https://evil.example.test",
        "directories": {"bin": "evil"},
        "extra": 1,
    }

    assert served(client=client) == served()


def test_nothing_that_a_registry_says_comes_from_client_or_tarball():
    forged = {
        "_npmUser": {"name": "admin", "trustedPublisher": {"id": "github"}},
        "dist": {"signatures": [{"keyid": "k", "sig": "s"}]},
        "time": {"created": "2000-01-01"},
        "maintainers": [{"name": "admin"}],
        "deprecated": "no",
        "readme": "forged",
        "readmeFilename": "x",
        "users": {"admin": True},
        "dist-tags": {"latest": "0.0.1"},
        "versions": {},
        "access": "public",
        "hasInstallScript": True,
        "_hasShrinkwrap": True,
        "_rev": "1",
        "_attachments": {},
        "__proto__": {"x": 1},
    }

    assert served(holding(**forged), client=forged) == served()
    assert served(holding(**forged), form="corgi") == served(form="corgi")


def test_what_is_for_people_is_taken_from_the_client_where_the_tarball_says_nothing():
    client = {
        "description": "theirs",
        "license": "MIT",
        "homepage": "https://example.test",
        "gitHead": "0" * 40,
        "keywords": "a, b",
        "contributors": ["A <a@example.test>", 3],
    }

    found = served(holding(description="ours"), client=client)

    assert found["description"] == "ours"
    assert {name: found[name] for name in client if name != "description"} == {
        "license": "MIT",
        "homepage": "https://example.test",
        "gitHead": "0" * 40,
        "keywords": ["a", "b"],
        "contributors": [{"name": "A", "email": "a@example.test"}],
    }


@pytest.mark.parametrize(
    "client",
    [
        {"description": {"x": 1}},
        {"description": "x" * 70_000},
        {"gitHead": "main"},
        {"keywords": [1]},
        {"repository": 3},
        {"author": "<"},
        {"_nodeVersion": "24.0.0\n"},
        {"_nodeVersion": {"x": 1}},
        {"_npmVersion": "1" * 65},
    ],
)
def test_what_has_not_the_form_of_its_field_is_left_out(client):
    assert served(client=client) == served()


def test_the_tools_that_published_are_told_by_the_client():
    found = served(client={"_nodeVersion": "24.9.0", "_npmVersion": "11.21.2"})

    assert (found["_nodeVersion"], found["_npmVersion"]) == ("24.9.0", "11.21.2")


@pytest.mark.parametrize(
    ("package_json", "message"),
    [
        (
            {"name": "@acme/other"},
            "the tarball's package.json names `@acme/other`: `@acme/widget` is being published",
        ),
        (
            {"name": "widget"},
            "the tarball's package.json names `widget`: `@acme/widget` is being published",
        ),
        (
            {"name": None},
            "the tarball's package.json names nothing: `@acme/widget` is being published",
        ),
    ],
)
def test_the_tarball_of_another_package_is_refused(package_json, message):
    assert refusal(served, holding(**package_json)) == ("name-mismatch", message)


@pytest.mark.parametrize("written", ["1.0.1", "", "latest", None, 1, "1.0.0-beta", "1.0.0.0"])
def test_the_tarball_of_another_version_is_refused(written):
    shown = f"`{written}`" if isinstance(written, str) else "nothing"

    assert refusal(served, holding(version=written)) == (
        "version-mismatch",
        f"the tarball's package.json has version {shown}: `1.0.0` is being published",
    )


@pytest.mark.parametrize("written", ["v1.0.0", " =1.0.0", "1.0.0+build.7"])
def test_a_version_that_npm_cleans_before_it_publishes_is_the_same(written):
    assert served(holding(version=written))["version"] == "1.0.0"


def test_build_metadata_stays_where_the_client_publishes_with_it():
    assert served(holding(version="1.0.0+b"), version="1.0.0+b")["version"] == "1.0.0+b"


def test_a_gyp_file_implies_an_install_script():
    found = served(holding("binding.gyp", scripts={"test": "t"}))

    assert found["scripts"] == {"test": "t", "install": "node-gyp rebuild"}
    assert (found["gypfile"], found["hasInstallScript"]) == (True, True)


@pytest.mark.parametrize(
    "package_json",
    [{"gypfile": False}, {"scripts": {"install": "x"}}, {"scripts": {"preinstall": "x"}}],
)
def test_a_gyp_file_implies_nothing_where_the_package_says_so_or_has_its_own(package_json):
    found = served(holding("binding.gyp", **package_json))

    assert "gypfile" not in found
    assert found.get("scripts") == package_json.get("scripts")


def test_a_folder_of_commands_is_listed():
    found = served(
        holding(
            "cmd/a.js", "cmd/sub/b.js", "cmd/.hidden", "cmdx/c.js", directories={"bin": "./cmd/"}
        )
    )

    assert found["bin"] == {"a.js": "cmd/a.js", "b.js": "cmd/sub/b.js"}


@pytest.mark.parametrize("value", ["left-pad", ["left-pad"], 1])
def test_dependencies_of_an_ambiguous_form_are_refused(value):
    assert refusal(served, holding(dependencies=value)) == (
        "malformed-package-json",
        "`dependencies` in the tarball's package.json is no object of names and ranges",
    )


@pytest.mark.parametrize("value", [[], "", None, False])
def test_dependencies_of_an_ambiguous_form_that_name_none_are_none(value):
    assert "dependencies" not in served(holding(dependencies=value))


def test_all_dependencies_are_bundled_where_the_package_says_true():
    found = served(holding(dependencies={"a": "1", "b": "2"}, bundleDependencies=True))

    assert found["bundleDependencies"] == ["a", "b"]


def test_large_fields_that_npm_does_not_know_are_left_out_and_the_others_stay():
    found = served(
        holding(
            contributes="x" * 140_000, small=1, exports="./" + "x" * 130_000, more="y" * 100_000
        )
    )

    assert "contributes" not in found
    assert (found["small"], len(found["more"]), len(found["exports"])) == (1, 100_000, 130_002)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=8,
)
FIELDS = """
    dependencies bin scripts bundleDependencies repository author bugs man directories os funding
    keywords contributors engines peerDependenciesMeta
"""
FIELD = st.sampled_from(FIELDS.split())


@given(package_json=st.dictionaries(FIELD, JSON), client=st.dictionaries(FIELD, JSON))
def test_whatever_package_json_says_is_served_or_malformed(package_json, client):
    ambiguous = package_json.get("dependencies")
    if ambiguous and not isinstance(ambiguous, dict):
        assert (
            refusal(served, holding(**package_json), client=client)[0] == "malformed-package-json"
        )
        return

    found = served(holding(**package_json), client=client)

    assert found["name"] == "@acme/widget"
    assert all(isinstance(range_, str) for range_ in found.get("dependencies", {}).values())
    assert not any(".." in file.split("/") for file in found.get("bin", {}).values())
