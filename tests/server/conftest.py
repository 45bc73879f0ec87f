"""A server that answers on a real socket: granian as `imprint serve` runs it, and uvicorn."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import uvicorn

from imprint.registry.administration.accounts import add_user, create_token
from imprint.server.start import build_app
from imprint.settings import Settings
from tests.support.server import Served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, decoded."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Site:
    """A server by its address."""

    url: str
    folder: Path

    def request(self, method: str, path: str, *, body: bytes | None = None, **headers) -> Answer:
        """One request on a connection of its own; nothing of the path is changed."""
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, body=body, headers=named)
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, found, response.read())
        finally:
            connection.close()


@contextmanager
def on_granian(folder: Path) -> Iterator[str]:
    with Served(folder=folder) as served:
        yield served.url
        assert served.stop() == 0, served.log


@contextmanager
def on_uvicorn(folder: Path) -> Iterator[str]:
    listening = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    app = build_app(Settings(data=str(folder)), public_url=url)
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="on", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        yield url
    finally:
        server.should_exit = True
        thread.join(timeout=20)
        listening.close()


@pytest.fixture(scope="module", params=[on_granian, on_uvicorn], ids=["granian", "uvicorn"])
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """The same application on each server; all tests of a module ask the same one."""
    folder = tmp_path_factory.mktemp("site")
    with request.param(folder) as url:
        yield Site(url, folder)


@pytest.fixture(scope="module")
def token(site: Site) -> str:
    """A token that may publish anything."""
    from imprint.server.opening import open_registry

    registry = open_registry(Settings(data=str(site.folder)), public_url=site.url)
    try:
        add_user(registry, name="wile", email=None, password=None, is_admin=False, by="test")
        made = create_token(
            registry,
            user_name="wile",
            packages=(),
            permission="read-write",
            lifetime_seconds=3600,
            by="test",
        )
    finally:
        registry.database.close()
    assert isinstance(made, tuple)
    return made[0].reveal()
