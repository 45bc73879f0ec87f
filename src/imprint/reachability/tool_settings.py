"""Whose settings a file holds, by its name: where they stand, the tool is run. Data and one rule.

Facts: consumers §6.5. `vite.config.ts` is vite's and `.eslintrc.json` is eslint's by their names;
the table has those that are called otherwise.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING

from imprint.reachability.tools import packages_of_command

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAMED = re.compile(
    r"^(?:\.?(?P<config>[\w-]+)\.(?:config|conf|setup|workspace)\b|\.(?P<rc>[\w-]+?)rc(?:\.|$)"
    r"|\.(?P<dotted>[\w-]+)\.(?:[cm]?[jt]s|ya?ml|jsonc?|toml)$)"
)
_TOOLS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "angular.json": ("@angular/cli", "@angular/build", "@angular-devkit/build-angular"),
        "babel": ("@babel/core",),
        "biome.json": ("@biomejs/biome",),
        "biome.jsonc": ("@biomejs/biome",),
        "codegen.ts": ("@graphql-codegen/cli",),
        "codegen.yml": ("@graphql-codegen/cli",),
        "commitlint": ("@commitlint/cli",),
        "cz": ("commitizen",),
        "electron-builder.yml": ("electron-builder",),
        "ember-cli-build.js": ("ember-cli",),
        "gatsby-config.js": ("gatsby",),
        "gatsby-config.ts": ("gatsby",),
        "gruntfile.js": ("grunt", "grunt-cli"),
        "gulpfile.js": ("gulp", "gulp-cli"),
        "gulpfile.mjs": ("gulp", "gulp-cli"),
        "jsdoc.json": ("jsdoc",),
        "knip.json": ("knip",),
        "lefthook.yml": ("lefthook",),
        "lerna.json": ("lerna",),
        "lintstaged": ("lint-staged",),
        "metro": ("metro", "react-native"),
        "nest-cli.json": ("@nestjs/cli",),
        "nx.json": ("nx",),
        "playwright": ("@playwright/test", "playwright"),
        "release": ("semantic-release",),
        "release-it": ("release-it",),
        "swc": ("@swc/core", "@swc/cli"),
        "tailwind": ("tailwindcss",),
        "tsconfig": ("typescript",),
        "tsconfig.json": ("typescript",),
        "turbo.json": ("turbo",),
        "typedoc.json": ("typedoc",),
        "vue": ("@vue/cli-service",),
        "web-test-runner": ("@web/test-runner",),
        "wdio": ("@wdio/cli",),
    }
)
_FOLDERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        ".changeset": ("@changesets/cli",),
        ".husky": ("husky",),
        ".storybook": ("storybook", "@storybook/cli"),
        ".vitepress": ("vitepress",),
    }
)


def tools_of_settings(path: str) -> tuple[str, ...]:
    """Return the packages that a file of a project may be the settings of; nothing: of none."""
    *folders, name = path.split("/")
    lowered = name.lower()
    found = [tool for folder in folders for tool in _FOLDERS.get(folder, ())]
    if lowered in _TOOLS:
        found += _TOOLS[lowered]
    elif named := _NAMED.match(lowered):
        word = named["config"] or named["rc"] or named["dotted"]
        found += _TOOLS.get(word) or packages_of_command(word)
    return tuple(dict.fromkeys(found))
