"""What everybody does with a registry: look, install, install again."""

import json

import pytest

from tests.support import ci

INSTALLERS = ["npm10", "npm11", "npm12", "pnpm10", "pnpm11", "pnpm12", "yarn4", "bun"]


@pytest.fixture
def released(registry, issuer, bench, package):
    """A package whose version 1.0.0 its trusted publisher published."""
    registry.trust(package)
    ran = bench.run("npm12", "publish", folder=bench.package(package), ci=ci.github(issuer))
    assert ran.code == 0, ran.text
    return package


def etag_of(answer):
    return next(value for name, value in answer.headers.items() if name.lower() == "etag")


def install(bench, client, folder):
    return bench.run(client, "install", folder=folder)


@pytest.mark.parametrize("client", INSTALLERS)
def test_every_client_installs_what_was_published(client, bench, released):
    folder = bench.application({released: "^1.0.0"})
    if client == "yarn4":
        (folder / ".yarnrc.yml").write_text("nodeLinker: node-modules\n")

    ran = install(bench, client, folder)

    assert ran.code == 0, ran.text
    assert bench.node(f"require('{released}')", folder=folder) == "1.0.0"


@pytest.mark.parametrize("client", ["npm10", "npm12"])
def test_a_lockfile_is_installed_from_a_cold_cache(client, bench, registry, released):
    folder = bench.application({released: "1.0.0"})
    install(bench, client, folder)
    lock = json.loads((folder / "package-lock.json").read_text())
    locked = lock["packages"][f"node_modules/{released}"]

    ran = bench.run(client, "ci", f"--cache={bench.home}/cold", folder=folder)

    assert ran.code == 0, ran.text
    dist = registry.http("GET", f"/{released.replace('/', '%2f')}").json["versions"]["1.0.0"][
        "dist"
    ]
    assert (locked["resolved"], locked["integrity"]) == (dist["tarball"], dist["integrity"])


def test_other_bytes_than_the_lockfile_says_are_refused(bench, released):
    folder = bench.application({released: "1.0.0"})
    install(bench, "npm12", folder)
    lock = folder / "package-lock.json"
    integrity = json.loads(lock.read_text())["packages"][f"node_modules/{released}"]["integrity"]
    lock.write_text(lock.read_text().replace(integrity, "sha512-" + "A" * 86 + "=="))

    # By default npm asks twice more, after 10 and 60 seconds: the bytes might be better then.
    cold = (f"--cache={bench.home}/cold", "--fetch-retries=0")
    ran = bench.run("npm12", "ci", *cold, folder=folder)

    assert (ran.code, ran.errors[0]) == (1, "code EINTEGRITY")


@pytest.mark.parametrize("accept", ["application/json", "application/vnd.npm.install-v1+json"])
def test_a_second_look_is_answered_by_304(accept, registry, released):
    path = f"/{released.replace('/', '%2f')}"
    first = registry.http("GET", path, accept=accept)

    second = registry.http("GET", path, accept=accept, if_none_match=etag_of(first))

    assert (second.status, second.body, etag_of(second)) == (304, b"", etag_of(first))


def test_the_two_forms_of_a_packument_have_tags_of_their_own(registry, released):
    path = f"/{released.replace('/', '%2f')}"

    full = registry.http("GET", path, accept="application/json")
    short = registry.http("GET", path, accept="application/vnd.npm.install-v1+json")

    assert etag_of(full) != etag_of(short)


def test_npm_revalidates_what_it_has(bench, registry, released):
    install(bench, "npm12", bench.application({released: "^1.0.0"}))
    folder = bench.application({released: "^1.0.0"}, name="another")

    ran = bench.run("npm12", "install", "--loglevel=http", folder=folder)

    path = f"{registry.url}/{released.replace('/', '%2f')}"
    looked = [line for line in ran.stderr.splitlines() if f"GET 200 {path} " in line]
    assert [line.partition("(")[2] for line in looked] == ["cache revalidated)"]


def test_a_part_of_a_tarball_is_sent(registry, released):
    path = f"/{released.replace('/', '%2f')}"
    tarball = registry.http("GET", path).json["versions"]["1.0.0"]["dist"]["tarball"]
    whole = registry.http("GET", tarball.removeprefix(registry.url))

    part = registry.http("GET", tarball.removeprefix(registry.url), range="bytes=10-19")

    assert (part.status, part.body) == (206, whole.body[10:20])


@pytest.mark.parametrize("client", ["npm10", "npm12", "pnpm12"])
def test_a_package_is_viewed(client, bench, released):
    ran = bench.run(client, "view", released, "--json", folder=bench.folder)

    assert ran.code == 0, ran.text
    shown = json.loads(ran.stdout)
    shown = shown[-1] if isinstance(shown, list) else shown
    assert (shown["name"], shown["version"]) == (released, "1.0.0")
    assert shown["dist-tags"] == {"latest": "1.0.0"}


@pytest.mark.parametrize("client", ["npm10", "npm12"])
def test_a_package_that_does_not_exist_is_a_plain_404(client, bench, name):
    ran = bench.run(client, "install", name, folder=bench.application({}))

    assert (ran.code, ran.errors[0]) == (1, "code E404")
    assert ran.notices == []


def test_a_restricted_package_is_installed_by_its_owner_alone(bench, registry, owner, name):
    bench.npmrc(token=owner.token)
    bench.publish("npm12", "--access=restricted", folder=bench.package(name))
    folder = bench.application({name: "1.0.0"})

    by_owner = bench.run("npm12", "install", folder=folder)
    bench.npmrc()
    cold = f"--cache={bench.home}/cold"
    by_anybody = bench.run("npm12", "ci", cold, folder=folder)

    assert by_owner.code == 0, by_owner.text
    assert (by_anybody.code, by_anybody.errors[0]) == (1, "code E404")
