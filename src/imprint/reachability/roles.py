"""What a file of a project is for, by its name: the application, a test, or a tool's settings.

Facts: consumers §6.5. What tests and settings import runs where development runs: `build`.
"""

from __future__ import annotations

import re
from enum import StrEnum

from imprint.reachability.imports import READ_EXTENSIONS


class Role(StrEnum):
    """Who runs a file of the project."""

    APPLICATION = "application"
    BUILD = "build"
    """A tool of development or build, tests among them."""
    NONE = "none"
    """Nobody: no code, or types alone."""


_TEST_FOLDERS = frozenset(
    [
        "__tests__",
        "__test__",
        "__mocks__",
        "__fixtures__",
        "__snapshots__",
        "test",
        "tests",
        "spec",
        "specs",
        "e2e",
        "cypress",
        "playwright",
        "benchmark",
        "benchmarks",
        "bench",
        "fixtures",
        "stories",
        ".storybook",
    ]
)
_BUILD_FOLDERS = frozenset(
    [
        "scripts",
        "tools",
        "tooling",
        ".github",
        ".husky",
        ".vscode",
        ".eslint",
        "config-overrides",
        "gulp",
        "gulpfile.js",
    ]
)
_TEST_FILE = re.compile(
    r"(?:^|[._-])(?:test|tests|spec|specs|e2e|cy|bench|stories|story)\.[a-z]+$|^(?:test|tests)\.[a-z]+$"
)
_SETTINGS_FILE = re.compile(
    r"^(?:"
    r"\.[\w.-]+rc(?:\.(?:[cm]?[jt]s|json[c5]?|ya?ml|toml))?"
    r"|[\w.-]*\.config\.json[c5]?"
    r"|(?:angular|nx|lerna|nest-cli|turbo|biome|typedoc|jsdoc|knip|project)\.jsonc?"
    r"|(?:lefthook|codegen|electron-builder)\.ya?ml|codegen\.ts|ember-cli-build\.js|gatsby-config\.[jt]s"
    r"|[\w.-]*\.config(?:\.[\w-]+)?\.[cm]?[jt]sx?"
    r"|(?:gulpfile|gruntfile|jakefile|wallaby|karma\.conf|protractor\.conf|wdio\.conf)[\w.-]*\.[cm]?[jt]s"
    r"|(?:jest|vitest|mocha|ava)[.-](?:setup|global-?setup|preset|resolver|transform)[\w.-]*\.[cm]?[jt]sx?"
    r"|(?:vitest\.workspace|setupTests|setup-tests?|craco|dangerfile|release|commitlint|lint-staged)"
    r"[\w.-]*\.[cm]?[jt]s"
    r"|\.(?:pnpmfile|eleventy)\.[cm]?js"
    r")$",
    re.IGNORECASE,
)


def is_settings(name: str) -> bool:
    """Whether a file of that name is a tool's settings, code or not."""
    return _SETTINGS_FILE.match(name) is not None


def role_of(path: str) -> Role:
    """Return what a file is for, by its path in its project."""
    *folders, name = path.split("/")
    extension = name.rpartition(".")[2].lower()
    if name.endswith((".d.ts", ".d.mts", ".d.cts")):
        return Role.NONE
    if extension not in READ_EXTENSIONS:
        return Role.NONE
    if is_settings(name):
        return Role.BUILD
    lowered = {folder.lower() for folder in folders}
    if lowered & _TEST_FOLDERS or _TEST_FILE.search(name.lower()):
        return Role.BUILD
    # A folder of scripts is one at a project's top: `src/scripts` may well be the application's.
    if folders and folders[0].lower() in _BUILD_FOLDERS:
        return Role.BUILD
    return Role.APPLICATION
