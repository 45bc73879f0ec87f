"""Package names and scope patterns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.npm.names import PackageName, ScopePattern, canonical, is_reserved
from tests.npm.refusing import code, outcome, refusal

WORD = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,20}", fullmatch=True)
NAMES = st.builds(PackageName, scope=st.none() | WORD, name=WORD).filter(
    lambda name: name.name not in ("node_modules", "favicon.ico")
)


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "left-pad",
        "lodash.merge",
        "a_b",
        "0",
        "@acme/widget",
        "@-x/y",
        "@a/_b",
        "@a/-b",
        "events",
    ],
)
def test_a_name_of_npm_is_read_and_written_back(text):
    assert str(PackageName.parse(text)) == text


def test_a_scoped_name_has_an_escaped_form_and_a_file_stem():
    package = PackageName.parse("@acme/widget")

    assert package == PackageName(scope="acme", name="widget")
    assert package.escaped == "@acme%2fwidget"
    assert package.file_stem == "widget"


def test_an_unscoped_name_is_its_own_escaped_form_and_file_stem():
    package = PackageName.parse("widget")

    assert (package.scope, package.escaped, package.file_stem) == (None, "widget", "widget")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "package name `` is empty"),
        (
            "JSONStream",
            "package name `JSONStream` has upper-case letters, which new names cannot have, unlike `jsonstream`",
        ),
        (
            ".bin",
            "package name `.bin` begins with a character that names and scopes cannot begin with",
        ),
        ("_x", "package name `_x` begins with a character that names and scopes cannot begin with"),
        ("-x", "package name `-x` begins with a character that names and scopes cannot begin with"),
        (
            "@../x",
            "package name `@../x` begins with a character that names and scopes cannot begin with",
        ),
        (
            "@a/.x",
            "package name `@a/.x` begins with a character that names and scopes cannot begin with",
        ),
        ("node_modules", "package name `node_modules` is a name that npm uses itself"),
        ("@a/favicon.ico", "package name `@a/favicon.ico` is a name that npm uses itself"),
        ("@a/-", "package name `@a/-` is a name that npm uses itself"),
        ("@a", "package name `@a` has a scope and no name: a scoped name is `@scope/name`"),
        ("@/a", "package name `@/a` has a scope and no name: a scoped name is `@scope/name`"),
        ("a b", "package name `a b` has characters that are not URL-safe"),
        ("a/b", "package name `a/b` has characters that are not URL-safe"),
        ("a\n", "package name `a\\u{a}` has characters that are not URL-safe"),
        ("ünder", "package name `\\u{fc}nder` has characters that are not URL-safe"),
        ("a~", "package name `a~` has characters that are not URL-safe"),
        ("@a/b/c", "package name `@a/b/c` has characters that are not URL-safe"),
        (
            "a" * 215,
            f"package name `{'a' * 197}...` has 215 characters: at most 214 are allowed",
        ),
    ],
)
def test_what_npm_does_not_allow_for_new_packages_is_refused_with_its_fault(text, message):
    assert refusal(PackageName.parse, text) == ("invalid-package-name", message)


def test_the_longest_name_is_read():
    assert PackageName.parse("a" * 214).name == "a" * 214


@pytest.mark.case("I10")
@pytest.mark.parametrize(
    "raw", [b"@s%2fa", b"@s%2Fa", b"%40s%2Fa", b"%40s%2fa", b"@s/a", b"%40s/a", "@s%2fa", "@s/a"]
)
def test_all_spellings_of_a_scoped_name_in_a_path_are_the_same_package(raw):
    assert PackageName.parse_segment(raw) == PackageName(scope="s", name="a")


@pytest.mark.case("I10")
@pytest.mark.parametrize(
    "raw",
    [b"@s%252fa", b"%2540s%2fa", b"%61", b"a%2fb", b"@s%2fa%2fb", b"@s%2f..", b"@s/a%00", b"\xff"],
)
def test_no_other_percent_encoding_is_undone(raw):
    assert code(PackageName.parse_segment, raw) == "invalid-package-name"


@given(package=NAMES)
def test_a_name_survives_text_and_path(package):
    assert PackageName.parse(str(package)) == package
    assert PackageName.parse_segment(package.escaped.encode()) == package
    assert PackageName.parse_segment(package.escaped.replace("@", "%40")) == package


@given(text=st.text() | st.text("@/a.-_%24fFB"), raw=st.binary())
def test_any_text_is_a_name_or_malformed(text, raw):
    for found in (outcome(PackageName.parse, text), outcome(PackageName.parse_segment, raw)):
        if isinstance(found, PackageName):
            assert PackageName.parse(str(found)) == found
        else:
            assert found.code == "invalid-package-name"


@pytest.mark.parametrize(
    ("pattern", "package", "matches"),
    [
        ("@acme/*", "@acme/widget", True),
        ("@acme/*", "@acme-evil/widget", False),
        ("@acme/*", "acme", False),
        ("@acme/plugin-*", "@acme/plugin-x", True),
        ("@acme/plugin-*", "@acme/plugins", False),
        ("@acme/plugin-*", "@evil/plugin-x", False),
    ],
)
def test_a_pattern_matches_names_of_its_scope_and_prefix(pattern, package, matches):
    assert ScopePattern.parse(pattern).matches(PackageName.parse(package)) is matches


def test_the_longer_prefix_is_the_more_specific_one():
    patterns = [ScopePattern.parse(text) for text in ("@a/x-y-*", "@a/*", "@a/x-*")]

    patterns.sort(key=lambda pattern: pattern.specificity)

    assert list(map(str, patterns)) == ["@a/*", "@a/x-*", "@a/x-y-*"]


@pytest.mark.parametrize(
    "text",
    ["", "*", "@*", "@*/*", "acme/*", "@acme", "@acme/", "@acme/**", "@acme/*x", "@A/*", "@a/b/*"],
)
def test_what_is_no_pattern_is_refused(text):
    assert refusal(ScopePattern.parse, text) == (
        "invalid-scope-pattern",
        f"scope pattern `{text}` is none: one is `@scope/*` or `@scope/prefix-*`",
    )


@given(scope=WORD, prefix=st.just("") | WORD)
def test_a_pattern_survives_its_text(scope, prefix):
    pattern = ScopePattern(scope=scope, prefix=prefix)

    assert ScopePattern.parse(str(pattern)) == pattern


@pytest.mark.case("J05")
@pytest.mark.parametrize(
    ("first", "second", "similar"),
    [
        ("left-pad", "leftpad", True),
        ("react.js", "react_js", True),
        ("left-pad", "right-pad", False),
        ("@a/left-pad", "@a/leftpad", False),
        ("@a/x", "a-x", False),
    ],
)
def test_unscoped_names_that_differ_in_punctuation_are_too_similar(first, second, similar):
    one, other = canonical(PackageName.parse(first)), canonical(PackageName.parse(second))

    assert (one == other) is similar


@pytest.mark.case("J05")
@pytest.mark.parametrize(
    ("text", "reserved"),
    [("http", True), ("npm", True), ("@acme/http", False), ("http-proxy", False)],
)
def test_node_modules_and_misleading_names_are_reserved_outside_of_scopes(text, reserved):
    assert is_reserved(PackageName.parse(text)) is reserved
