"""Which clients a log names."""

from __future__ import annotations

import pytest

from imprint.doctor.logs.clients import clients_in, running
from imprint.doctor.logs.text import read_log


def versions(log):
    return {name: client.version for name, client in running(clients_in(read_log(log))).items()}


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("npm: 10.8.2", {"npm": "10.8.2"}),
        ("node: v22.17.0", {"node": "22.17.0"}),
        ("npm version 11.6.0", {"npm": "11.6.0"}),
        ("npm info using npm@11.6.0", {"npm": "11.6.0"}),
        ("npm info using node@v24.5.0", {}),
        ("npm/10.9.3 node/v22.17.0 linux x64", {"npm": "10.9.3", "node": "22.17.0"}),
        ("$ npm -v\n10.9.4", {"npm": "10.9.4"}),
        (
            "##[group]Run npm --version\nshell: /bin/bash -e {0}\n##[endgroup]\n11.5.1",
            {"npm": "11.5.1"},
        ),
        ("npm notice New minor version of npm available! 11.5.1 -> 11.6.0", {"npm": "11.5.1"}),
        ("npm notice To update run: npm install -g npm@11.6.0", {}),
        ("npm warn EBADENGINE current: { node: 'v20.1.0', npm: '9.6.4' }", {"npm": "9.6.4"}),
        ("Run npm install -g npm@11.6.2", {"npm": "11.6.2"}),
        ('"packageManager": "npm@10.9.2"', {}),
        ("left-pad-npm@1.0.0 @acme/npm@1.0.0", {}),
        ("pnpm/11.0.3 npm/? node/v24.5.0", {"pnpm": "11.0.3", "node": "24.5.0"}),
        ("yarn publish v1.22.22", {"yarn": "1.22.22"}),
        ("yarn: 1.22.22", {}),
        ("YN0000: · Yarn 4.18.1", {"yarn": "4.18.1"}),
        ("bun publish v1.4.5 (abc)", {"bun": "1.4.5"}),
        ("lerna notice cli v8.2.4", {"lerna": "8.2.4"}),
        (
            "[semantic-release] Running semantic-release version 24.2.0",
            {"semantic-release": "24.2.0"},
        ),
    ],
)
def test_a_client_is_named_with_its_version(line, found):
    assert versions(line) == found


def test_the_last_version_is_the_one_that_runs():
    log = "npm: 10.9.4\nRun npm install -g npm@11.6.2\nnpm version 11.6.2\n"

    assert versions(log) == {"npm": "11.6.2"}
    assert [(one.version, one.line) for one in clients_in(read_log(log))] == [
        ("10.9.4", 1),
        ("11.6.2", 3),
    ]
