"""What tools of development bring along: which package a command is of, and what they load by name.

Data. A command that is not here is the package of the same name; where packages are installed,
their own `bin` decides instead.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

COMMANDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "ampx": ("@aws-amplify/backend-cli",),
        "api-extractor": ("@microsoft/api-extractor",),
        "attw": ("@arethetypeswrong/cli",),
        "babel": ("@babel/cli",),
        "babel-node": ("@babel/node",),
        "biome": ("@biomejs/biome",),
        "build-storybook": ("storybook", "@storybook/cli"),
        "cap": ("@capacitor/cli",),
        "cdk": ("aws-cdk",),
        "changeset": ("@changesets/cli",),
        "commitlint": ("@commitlint/cli",),
        "cucumber-js": ("@cucumber/cucumber",),
        "docusaurus": ("@docusaurus/core",),
        "electron-forge": ("@electron-forge/cli",),
        "electron-rebuild": ("@electron/rebuild",),
        "eas": ("eas-cli",),
        "ember": ("ember-cli",),
        "firebase": ("firebase-tools",),
        "graphql-codegen": ("@graphql-codegen/cli",),
        "gulp": ("gulp", "gulp-cli"),
        "grunt": ("grunt", "grunt-cli"),
        "hygen": ("hygen",),
        "jest": ("jest", "jest-cli"),
        "lhci": ("@lhci/cli",),
        "mikro-orm": ("@mikro-orm/cli",),
        "ncc": ("@vercel/ncc",),
        "ncu": ("npm-check-updates",),
        "nest": ("@nestjs/cli",),
        "netlify": ("netlify-cli",),
        "ng": ("@angular/cli", "@angular-devkit/build-angular", "@angular/build"),
        "node-gyp": ("node-gyp",),
        "npm-run-all": ("npm-run-all", "npm-run-all2"),
        "nuxi": ("nuxi", "nuxt"),
        "openapi": ("@redocly/openapi-cli",),
        "playwright": ("@playwright/test", "playwright"),
        "protoc-gen-ts": ("ts-proto", "@protobuf-ts/plugin"),
        "react-router": ("@react-router/dev",),
        "redocly": ("@redocly/cli",),
        "remix": ("@remix-run/dev",),
        "run-p": ("npm-run-all", "npm-run-all2"),
        "run-s": ("npm-run-all", "npm-run-all2"),
        "sb": ("storybook", "sb", "@storybook/cli"),
        "sentry-cli": ("@sentry/cli",),
        "serverless": ("serverless",),
        "sls": ("serverless",),
        "start-storybook": ("storybook", "@storybook/cli"),
        "svelte-kit": ("@sveltejs/kit",),
        "svgr": ("@svgr/cli",),
        "swc": ("@swc/cli",),
        "tailwindcss": ("tailwindcss", "@tailwindcss/cli"),
        "tailwind": ("tailwindcss",),
        "tsc": ("typescript",),
        "tsserver": ("typescript",),
        "vue-cli-service": ("@vue/cli-service",),
        "wdio": ("@wdio/cli",),
        "web-test-runner": ("@web/test-runner",),
        "webpack": ("webpack", "webpack-cli"),
        "webpack-cli": ("webpack-cli", "webpack"),
        "webpack-dev-server": ("webpack-dev-server", "webpack-cli", "webpack"),
        "wtr": ("@web/test-runner",),
    }
)
"""Packages that a command may be of: all that are there count."""

LOADED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "@babel/core": ("babel-plugin-*", "babel-preset-*", "@babel/plugin-*", "@babel/preset-*"),
        "@changesets/cli": ("@changesets/changelog-*",),
        "@commitlint/cli": ("@commitlint/config-*", "commitlint-config-*", "commitlint-plugin-*"),
        "@graphql-codegen/cli": ("@graphql-codegen/*",),
        "@nestjs/cli": ("@nestjs/schematics",),
        "@wdio/cli": ("@wdio/*", "wdio-*"),
        "eslint": (
            "eslint-plugin-*",
            "eslint-config-*",
            "eslint-import-resolver-*",
            "eslint-formatter-*",
            "@*/eslint-plugin",
            "@*/eslint-plugin-*",
            "@*/eslint-config",
            "@*/eslint-config-*",
            "@*/eslint-parser",
            "@typescript-eslint/parser",
            "babel-eslint",
            "vue-eslint-parser",
            "typescript-eslint",
        ),
        "grunt": ("grunt-*",),
        "gulp": ("gulp-*",),
        "jest": (
            "jest-environment-*",
            "jest-watch-*",
            "jest-runner-*",
            "babel-jest",
            "ts-jest",
            "@swc/jest",
            "jest-junit",
        ),
        "karma": ("karma-*",),
        "mocha": ("mocha-*", "mochawesome"),
        "nyc": ("@istanbuljs/*",),
        "postcss": ("postcss-*", "autoprefixer", "cssnano", "tailwindcss", "@tailwindcss/postcss"),
        "prettier": ("prettier-plugin-*", "@*/prettier-plugin-*", "@*/prettier-config"),
        "rollup": ("rollup-plugin-*", "@rollup/plugin-*"),
        "semantic-release": ("@semantic-release/*", "semantic-release-*"),
        "storybook": ("@storybook/*", "storybook-*"),
        "stylelint": ("stylelint-*", "@*/stylelint-*"),
        "vite": ("vite-plugin-*", "@vitejs/plugin-*", "rollup-plugin-*", "unplugin-*"),
        "vitest": ("@vitest/*", "jsdom", "happy-dom"),
        "webpack": ("*-loader", "*-webpack-plugin", "@*/*-webpack-plugin", "webpack-*"),
    }
)
"""What a tool loads by its name where a project's package.json has it."""

HELD_BY: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "@angular/cli": ("webpack", "karma", "vite"),
        "@babel/cli": ("@babel/core",),
        "@babel/node": ("@babel/core",),
        "@docusaurus/core": ("webpack", "@babel/core", "postcss"),
        "@storybook/cli": ("storybook", "vite", "webpack"),
        "@sveltejs/kit": ("vite",),
        "@vue/cli-service": ("webpack", "@babel/core", "postcss"),
        "jest-cli": ("jest", "@babel/core"),
        "jest": ("@babel/core",),
        "next": ("webpack", "@babel/core", "postcss", "eslint"),
        "nuxt": ("vite", "webpack", "postcss"),
        "react-scripts": ("webpack", "@babel/core", "postcss", "eslint", "jest"),
        "storybook": ("vite", "webpack"),
        "tailwindcss": ("postcss",),
        "vite": ("postcss", "rollup"),
        "vitest": ("vite",),
        "webpack-cli": ("webpack",),
    }
)
"""Tools that a tool runs, and whose plugins it loads with them."""


def packages_of_command(command: str) -> tuple[str, ...]:
    """Return the packages that a command may be of."""
    return COMMANDS.get(command, (command,))


def loaded_by(tool: str, names: Iterable[str]) -> Iterator[str]:
    """Yield those of `names` that a tool which runs loads by its own rules."""
    tools = {tool}
    waiting = [tool]
    while waiting:
        held = set(HELD_BY.get(waiting.pop(), ())) - tools
        tools |= held
        waiting += held
    patterns = [pattern for each in tools for pattern in LOADED.get(each, ())]
    for name in names:
        if name in tools - {tool} or any(fnmatchcase(name, pattern) for pattern in patterns):
            yield name
