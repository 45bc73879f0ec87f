"""One registry and one stand-in issuer for each process of tests; each test has its own package."""

import itertools

import pytest

from imprint.demo.issuer import StandInIssuer
from tests.support.gate_world import gate_world
from tests.support.server import running_registry
from tests.support.workbench import Workbench

_serial = itertools.count(1)


def pytest_collection_modifyitems(items):
    for item in items:
        if "journeys" in item.path.parts:
            item.add_marker(pytest.mark.journeys)


@pytest.fixture(scope="session")
def issuer():
    with StandInIssuer() as running:
        yield running


@pytest.fixture(scope="session")
def registry(tmp_path_factory, issuer):
    with running_registry(tmp_path_factory.mktemp("registry"), issuer=issuer) as running:
        yield running


@pytest.fixture
def bench(tmp_path, registry):
    return Workbench(tmp_path / "bench", registry_url=registry.url)


@pytest.fixture(scope="session")
def owner(registry):
    """Owns the packages of all tests; for a second factor take a `person` of the test's own."""
    return registry.person("owner")


@pytest.fixture
def person(registry):
    return registry.person(f"person{next(_serial)}")


@pytest.fixture
def name():
    """A name that no package has."""
    return f"@acme/widget{next(_serial)}"


@pytest.fixture
def package(registry, owner, name):
    """A package of `owner` with version 0.0.1 and nobody trusted."""
    registry.seed(name, by=owner)
    return name


@pytest.fixture(scope="session")
def gated(tmp_path_factory, issuer):
    """A gate before an upstream with bad versions, and a policy that enforces; @acme is ours."""
    settings = 'own_scopes = ["@acme"]\ngate_names = ["ledger-of-ours=own"]\n'
    folder = tmp_path_factory.mktemp("gated")
    with gate_world(folder, issuer=issuer, settings=settings) as running:
        yield running


@pytest.fixture
def gated_bench(tmp_path, gated):
    return Workbench(tmp_path / "bench", registry_url=gated.url)
