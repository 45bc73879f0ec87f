"""A whole registry in this process: real stores, real use cases, real HTTP grammar, a clock to turn.

Only the sockets are left out, and the issuers' keys are at hand instead of fetched.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qs, quote, urlsplit

from msgspec.structs import replace
from sqlalchemy import func, select

from imprint.identity.workload import Provider
from imprint.npm.names import PackageName, ScopePattern
from imprint.publishers.configuration import PublisherRequest
from imprint.publishers.publisher import TrustedPublisher
from imprint.registry.accounts import tokens
from imprint.registry.app import RegistryApp
from imprint.registry.authority import second_factor
from imprint.registry.context import Registry
from imprint.registry.signing.keys import Signing
from imprint.registry.trust import publishers as trust
from imprint.storage import credentials, events, issuers, outbox, users
from imprint.storage.blobs import Blobs
from imprint.storage.database import Database
from imprint.storage.migrate import migrate
from imprint.storage.schema import exchanges, metadata
from imprint.storage.sealing import Seal
from imprint.tokens.issuers import Issuer, ReplayMode
from imprint.tokens.keysets import KeySet
from tests.support.claims import (
    AUDIENCE,
    CIRCLECI_ISSUER,
    GENERIC_ISSUER,
    GITHUB_ISSUER,
    GITLAB_ISSUER,
    NOW,
    circleci_claims,
    generic_claims,
    github_claims,
    gitlab_claims,
)
from tests.support.issuer_keys import SigningIssuer
from tests.support.tarballs import publish_body

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping
    from pathlib import Path

T = TypeVar("T")
PUBLIC_URL = "https://registry.example.test"
ADDRESS = "192.0.2.10"


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, decoded."""
        return json.loads(self.body)

    @property
    def notice(self) -> str:
        """What npm shows at its default log level."""
        return self.headers.get("npm-notice", "")

    @property
    def code(self) -> str:
        """The refusal's code."""
        return str(self.json["code"])


class Clock:
    """Time that passes when a test says so."""

    def __init__(self, now: float = NOW) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def pass_(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


class KeysAtHand:
    """The issuers' keys, without fetching."""

    def __init__(self, signer: SigningIssuer) -> None:
        self._keys = KeySet.parse(signer.jwks())

    async def get(self, issuer: Issuer, key_id: str | None = None) -> tuple[KeySet, float]:
        """The same keys for every issuer, fetched just now."""
        return self._keys, 0.0


ISSUERS = (
    Issuer(name="github", url=GITHUB_ISSUER, provider=Provider.GITHUB),
    Issuer(name="gitlab", url=GITLAB_ISSUER, provider=Provider.GITLAB, replay=ReplayMode.PER_JOB),
    Issuer(
        name="circleci",
        url=CIRCLECI_ISSUER,
        provider=Provider.CIRCLECI,
        replay=ReplayMode.PER_JOB,
    ),
    Issuer(name="builds", url=GENERIC_ISSUER, provider=Provider.GENERIC),
)


@dataclass
class Person:
    """A user with a token, and the secret of their authenticator."""

    name: str
    id: int
    token: str
    totp: bytes = field(default=b"", repr=False)


class World:
    """A registry with its clock, its issuers and whoever uses it."""

    def __init__(self, folder: Path, database_address: str | None = None) -> None:
        address = database_address or f"sqlite:///{folder / 'imprint.sqlite3'}"
        self.clock = Clock()
        self.signer = SigningIssuer.rsa()
        self.database = Database.open(address)
        migrate(self.database)
        self.folder = folder
        seal = Seal(b"k" * 32)
        signing = Signing(self.database, seal, clock=self.clock)
        signing.prepare()
        self.registry = Registry(
            database=self.database,
            blobs=Blobs.open(str(folder / "blobs")),
            seal=seal,
            signing=signing,
            public_url=PUBLIC_URL,
            audiences=frozenset({AUDIENCE}),
            clock=self.clock,
            random=os.urandom,
        )
        self.app = RegistryApp(self.registry, KeysAtHand(self.signer), threads=8)
        self._runner = asyncio.Runner()
        with self.database.writing() as connection:
            for issuer in ISSUERS:
                issuers.add(connection, issuer, now=NOW)
        self._serial = 0

    def close(self) -> None:
        """Close everything."""
        self.app.close()
        self._runner.close()
        self.database.close()

    def serve(
        self,
        *,
        keysets: Any = None,
        threads: int = 8,
        write_entry: Any = None,
        **settings: object,
    ) -> None:
        """Serve anew, with other keys, another log, or other settings of the registry."""
        self.app.close()
        self.registry = replace(self.registry, **settings)
        keys = KeysAtHand(self.signer) if keysets is None else keysets
        self.app = RegistryApp(self.registry, keys, threads=threads, write_entry=write_entry)

    def attest_again(self) -> Any:
        """What the server does every minute: attest to what waits."""
        swept = self._runner.run(self.app.transparency.sweep())
        self.app.forget(swept.changed)
        return swept

    def run(self, main: Coroutine[Any, Any, T]) -> T:
        """Return what `main` comes to, in the one event loop of this registry."""
        return self._runner.run(main)

    # --- HTTP -----------------------------------------------------------------------------------

    def request(
        self,
        method: str,
        path: str,
        *,
        body: bytes | object = b"",
        token: str | None = None,
        address: str = ADDRESS,
        **headers: str,
    ) -> Answer:
        """One request, answered."""
        return self._runner.run(
            self.send(method, path, body=body, token=token, address=address, **headers)
        )

    def together(self, *requests: Any) -> list[Answer]:
        """Several `send(...)` at once."""

        async def gather() -> list[Answer]:
            return list(await asyncio.gather(*requests))

        return self._runner.run(gather())

    async def send(
        self,
        method: str,
        path: str,
        *,
        body: bytes | object = b"",
        token: str | None = None,
        address: str = ADDRESS,
        **headers: str,
    ) -> Answer:
        """One request through the ASGI application."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if token is not None:
            named.setdefault("authorization", f"Bearer {token}")
        if raw or method not in ("GET", "HEAD"):
            named.setdefault("content-length", str(len(raw)))
        raw_path, _, query = path.partition("?")
        scope = {
            "type": "http",
            "method": method,
            "path": raw_path,
            "raw_path": raw_path.encode(),
            "query_string": query.encode(),
            "headers": [(n.encode(), v.encode()) for n, v in named.items()],
            "client": (address, 40_000),
            "extensions": {},
        }
        pieces = [{"type": "http.request", "body": raw, "more_body": False}]
        status, answered, sent = 0, {}, bytearray()

        async def receive() -> Any:
            return pieces.pop() if pieces else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                answered.update({n.decode(): v.decode() for n, v in message["headers"]})
            else:
                sent.extend(message.get("body", b""))

        await self.app(scope, receive, send)
        return Answer(status, answered, bytes(sent))

    # --- people and publishers ------------------------------------------------------------------

    def person(
        self, name: str = "maintainer", *, is_admin: bool = False, with_totp: bool = True
    ) -> Person:
        """A user with a token that may write, and an authenticator."""
        with self.database.writing() as connection:
            user_id = users.add_user(
                connection,
                name=name,
                email=f"{name}@acme.example.test",
                password_hash=None,
                is_admin=is_admin,
                now=self.clock(),
            )
            secret, _ = tokens.add_token(
                self.registry,
                connection,
                user_id=user_id,
                name="test",
                permission="read-write",
                targets=(),
                lifetime_seconds=None,
            )
            person = Person(name=name, id=user_id, token=secret.reveal())
            if with_totp:
                user = users.user_of_id(connection, user_id)
                assert user is not None
                address = second_factor.enrol(self.registry, connection, user)
                shown = parse_qs(urlsplit(address).query)["secret"][0]
                person.totp = base64.b32decode(shown)
        return person

    def token_of(
        self,
        person: Person,
        *,
        permission: str = "read-write",
        targets: tuple[str, ...] = (),
        lifetime_seconds: float | None = None,
    ) -> str:
        """Another token of the person."""
        with self.database.writing() as connection:
            secret, _ = tokens.add_token(
                self.registry,
                connection,
                user_id=person.id,
                name="another",
                permission=permission,
                targets=targets,
                lifetime_seconds=lifetime_seconds,
            )
        return secret.reveal()

    def otp(self, person: Person) -> str:
        """The code that the person's authenticator shows now."""
        return second_factor.code_at(person.totp, self.clock())

    def trust(
        self,
        target: str = "@acme/widget",
        *,
        by: Person | None = None,
        provider: Provider = Provider.GITHUB,
        **changes: object,
    ) -> TrustedPublisher:
        """A trusted publisher, added as the command line adds it."""
        with self.database.writing() as connection:
            added = trust.add_to(
                self.registry,
                connection,
                target=(
                    ScopePattern.parse(target)
                    if target.endswith("*")
                    else PackageName.parse(target)
                ),
                asked_for=request_for(provider, **changes),
                by="operator" if by is None else by.name,
                user_id=None if by is None else by.id,
                is_admin=True,
                address="",
            )
        assert isinstance(added, TrustedPublisher), added
        return added

    # --- publishing -----------------------------------------------------------------------------

    def sign(self, claims: Mapping[str, object] | None = None) -> str:
        """An ID token, of a GitHub run of its own when nothing else is said."""
        if claims is None:
            claims = self.claims()
        return self.signer.sign(dict(claims))

    def claims(self, provider: Provider = Provider.GITHUB, **changes: object) -> dict[str, object]:
        """A run's claims, good now; no two are of the same token."""
        self._serial += 1
        now, serial = int(self.clock()), f"{time.time_ns()}-{self._serial}"
        times: dict[str, object] = {"iat": now - 20, "exp": now + 280}
        match provider:
            case Provider.GITHUB:
                return github_claims(**{**times, "nbf": now - 620, "jti": serial, **changes})
            case Provider.GITLAB:
                return gitlab_claims(**{**times, "nbf": now - 25, "jti": serial, **changes})
            case Provider.CIRCLECI:
                return circleci_claims(**{**times, "job-id": serial, **changes})
            case Provider.GENERIC:
                return generic_claims(**{**times, "build_number": self._serial, **changes})

    def exchange(
        self,
        id_token: str | None = None,
        *,
        package: str = "@acme/widget",
        address: str = ADDRESS,
    ) -> Answer:
        """The exchange of an ID token."""
        return self._runner.run(self.exchanging(id_token, package=package, address=address))

    def exchanging(
        self,
        id_token: str | None = None,
        *,
        package: str = "@acme/widget",
        address: str = ADDRESS,
    ) -> Coroutine[Any, Any, Answer]:
        """An exchange for `together`."""
        path = f"/-/npm/v1/oidc/token/exchange/package/{quote(package, safe='@')}"
        return self.send("POST", path, token=id_token or self.sign(), address=address)

    def credential(self, id_token: str | None = None, *, package: str = "@acme/widget") -> str:
        """A publish credential."""
        answer = self.exchange(id_token, package=package)
        assert answer.status == 201, answer.body
        return str(answer.json["token"])

    def put(
        self,
        token: str | None,
        package: str = "@acme/widget",
        version: str = "1.0.0",
        *,
        body: bytes | None = None,
        address: str = ADDRESS,
        **described: Any,
    ) -> Answer:
        """A publication."""
        return self._runner.run(
            self.putting(token, package, version, body=body, address=address, **described)
        )

    def putting(
        self,
        token: str | None,
        package: str = "@acme/widget",
        version: str = "1.0.0",
        *,
        body: bytes | None = None,
        address: str = ADDRESS,
        **described: Any,
    ) -> Coroutine[Any, Any, Answer]:
        """A publication for `together`."""
        raw = publish_body(package, version, **described) if body is None else body
        path = "/" + quote(package, safe="@")
        return self.send("PUT", path, body=raw, token=token, address=address)

    def stage(
        self,
        token: str | None,
        package: str = "@acme/widget",
        version: str = "1.0.0",
        **described: Any,
    ) -> Answer:
        """A staged publication."""
        path = f"/-/stage/package/{quote(package, safe='@')}"
        return self.request(
            "POST", path, body=publish_body(package, version, **described), token=token
        )

    def packument(self, package: str = "@acme/widget", **headers: str) -> Answer:
        """What everybody is served."""
        return self.request("GET", "/" + quote(package, safe="@"), **headers)

    # --- looking inside -------------------------------------------------------------------------

    def events(self, kind: str | None = None) -> list[dict[str, Any]]:
        """What happened, oldest first."""
        with self.database.reading() as connection:
            found = events.since(connection, 0, limit=1000)
        return [
            {"kind": r.event.kind, "package": r.event.package, **r.event.data}
            for r in found
            if kind is None or r.event.kind == kind
        ]

    def mails(self, template: str | None = None) -> list[dict[str, Any]]:
        """What is to be mailed, oldest first."""
        with self.database.reading() as connection:
            return [
                {"recipient": mail.recipient, "template": mail.template, **mail.data}
                for mail in outbox.waiting(connection, limit=1000)
                if template is None or mail.template == template
            ]

    def audit(self) -> list[dict[str, Any]]:
        """What was written down of every exchange of a proved token, oldest first."""
        with self.database.reading() as connection:
            rows = connection.execute(select(exchanges).order_by(exchanges.c.id)).mappings()
            return [{**row, "compared": json.loads(row["compared"])} for row in rows]

    def live_credentials(self, package: str = "@acme/widget") -> int:
        """How many credentials could still publish."""
        with self.database.reading() as connection:
            return credentials.count_live(connection, package, now=self.clock())

    def row_counts(self) -> dict[str, int]:
        """How many rows each table has."""
        with self.database.reading() as connection:
            return {
                table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
                for table in metadata.sorted_tables
            }

    def blob_files(self) -> list[str]:
        """Every blob on disk, in its place or on its way."""
        return sorted(
            str(path.relative_to(self.folder / "blobs"))
            for path in (self.folder / "blobs").rglob("*")
            if path.is_file()
        )


def request_for(provider: Provider = Provider.GITHUB, **changes: object) -> PublisherRequest:
    """What a maintainer asks for to let the claims of `tests.support.claims` publish."""
    defaults: dict[Provider, dict[str, object]] = {
        Provider.GITHUB: {
            "repository": "acme/rocket",
            "repository_id": "901",
            "owner_id": "42",
            "workflow": "release.yml",
        },
        Provider.GITLAB: {
            "repository": "acme/tools/rocket",
            "repository_id": "1234",
            "owner_id": "77",
            "workflow": ".gitlab-ci.yml",
        },
        Provider.CIRCLECI: {
            "repository": "forge.example.test/acme/rocket",
            "repository_id": "7d0b6a8e-51b1-4f0f-8d8b-7f6d3c3a9a02",
            "owner_id": "2f1c9a58-0d0e-4a4b-9c1d-6a5c1b7f0e01",
            "workflow": "b3f5b0f2-5d5d-4f4e-8a85-6f2d0ad01104",
        },
        Provider.GENERIC: {"claims": {"pipeline_slug": "rocket-release", "build_branch": "main"}},
    }
    values = {"permissions": ("publish",), **defaults[provider], **changes}
    return PublisherRequest(provider=provider, **values)  # type: ignore[arg-type]
