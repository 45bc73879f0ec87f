"""The registry of this process with our own routes beside npm's, as the server puts them."""

from __future__ import annotations

from urllib.parse import unquote

import pytest

from imprint.web.app import PREFIX, build_web


class Beside:
    """npm's routes and ours; the sockets alone are left out."""

    def __init__(self, app, **options):
        self.app = app
        self.web = build_web(app, **options)

    async def __call__(self, scope, receive, send):
        scope["path"] = unquote(scope["path"])
        target = self.web if scope["path"].startswith(PREFIX) else self.app
        await target(scope, receive, send)

    def close(self):
        self.app.close()


@pytest.fixture
def site(world):
    """The world, which answers under /-/imprint too."""
    world.app = Beside(world.app)
    return world
