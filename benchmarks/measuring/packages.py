"""Packages to publish: 50 kB tarballs that nothing compresses, manifests of an ordinary size."""

from __future__ import annotations

import os
from typing import Final

from tests.support.tarballs import publish_body, tarball

PAYLOAD_BYTES: Final = 49_000
"""Of the tarball's one large file; with the rest a tarball of about 50 kB."""
ABBREVIATED: Final = "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*"

_MANIFEST: Final[dict[str, object]] = {
    "description": "Measures how quickly a package is published and read",
    "license": "Apache-2.0",
    "main": "index.js",
    "types": "index.d.ts",
    "engines": {"node": ">=20"},
    "scripts": {"build": "tsc", "test": "node --test"},
    "repository": {"type": "git", "url": "git+https://forge.example.test/acme/widget.git"},
    "bugs": {"url": "https://forge.example.test/acme/widget/issues"},
    "homepage": "https://forge.example.test/acme/widget#readme",
    "keywords": ["benchmark", "registry", "publish"],
    "author": {"name": "Wile", "email": "wile@acme.example.test"},
    "dependencies": {f"dependency-{index}": f"^{index}.1.4" for index in range(1, 13)},
    "devDependencies": {f"tool-{index}": f"~{index}.2.0" for index in range(1, 9)},
    "peerDependencies": {"framework": ">=4 <6"},
}


def publication(name: str, version: str = "1.0.0") -> bytes:
    """Return the body of npm's PUT of one version, with a tarball like no other."""
    data = tarball(name, version, files={"package/payload": os.urandom(PAYLOAD_BYTES)}, **_MANIFEST)
    return publish_body(name, version, data=data, manifest=_MANIFEST)


def put(host: str, name: str, body: bytes, bearer: bytes) -> bytes:
    """Return the whole request that publishes `body`."""
    return request(host, b"PUT", path_of(name), bearer, body)


def exchange(host: str, name: str, id_token: str) -> bytes:
    """Return the whole request that exchanges `id_token` for a credential for `name`."""
    path = "/-/npm/v1/oidc/token/exchange/package" + path_of(name)
    return request(host, b"POST", path, id_token.encode(), b"")


def abbreviated(host: str, name: str) -> bytes:
    """Return the whole request for the packument that installing clients ask for, compressed."""
    return (
        f"GET {path_of(name)} HTTP/1.1\r\nhost: {host}\r\naccept-encoding: gzip\r\n"
        f"accept: {ABBREVIATED}\r\n\r\n"
    ).encode()


def path_of(name: str) -> str:
    """Return a package's path as npm spells it."""
    return "/" + name.replace("/", "%2f")


def request(host: str, method: bytes, path: str, bearer: bytes, body: bytes) -> bytes:
    """Return a request with a JSON body."""
    head = (
        f" {path} HTTP/1.1\r\nhost: {host}\r\nuser-agent: npm/11.21.2 node/v24.19.0 linux x64\r\n"
        f"content-type: application/json\r\naccept: */*\r\ncontent-length: {len(body)}\r\n"
    )
    return method + head.encode() + b"authorization: Bearer " + bearer + b"\r\n\r\n" + body
