"""A registry that answers, for commands that talk to one."""

from __future__ import annotations

import itertools

import pytest

from imprint.demo.issuer import StandInIssuer
from tests.support.server import running_registry

_serial = itertools.count(1)


@pytest.fixture(scope="module")
def issuer():
    with StandInIssuer() as running:
        yield running


@pytest.fixture(scope="module")
def running(tmp_path_factory, issuer):
    with running_registry(tmp_path_factory.mktemp("registry"), issuer=issuer) as found:
        yield found


@pytest.fixture
def maintainer(running):
    return running.person(f"maintainer{next(_serial)}")


@pytest.fixture
def name():
    """A name that no package has."""
    return f"@acme/widget{next(_serial)}"


@pytest.fixture
def signed_in(imprint, running, maintainer):
    """The command line of the maintainer, by .npmrc."""
    lines = [f"registry={running.url}/", f"//{running.host}/:_authToken={maintainer.token}"]
    (imprint.folder / "home" / ".npmrc").write_text("\n".join(lines))
    return imprint
