"""A registry in a process of its own, as `imprint serve` starts it, and quick ways to set it up.

What a test sets up goes through the same use cases as the command line, on the same stores.
"""

import base64
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.error import HTTPError
from urllib.parse import parse_qs, quote, urlsplit
from urllib.request import Request, urlopen

from imprint.demo.issuer import StandInIssuer
from imprint.demo.runs import CircleCIJob, GitHubRun, GitLabJob
from imprint.identity.workload import Provider
from imprint.npm.names import PackageName, ScopePattern
from imprint.publishers.configuration import PublisherRequest
from imprint.publishers.publisher import TrustedPublisher
from imprint.registry.accounts import tokens
from imprint.registry.authority import second_factor
from imprint.registry.authority.passwords import hash_password
from imprint.registry.trust import publishers as trust
from imprint.server.opening import open_registry
from imprint.settings import PREFIX, Settings
from imprint.storage import events, issuers, packages, users
from imprint.storage.packages import Package
from imprint.tokens.registration import new_issuer
from tests.support.tarballs import publish_body
from tests.support.world import Answer

START_SECONDS = 30
PASSWORD = "a long enough password"
SERVE = (sys.executable, "-m", "imprint", "serve")
ADMIN = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A user with a token, and the secret of their authenticator."""

    name: str
    id: int
    token: str = field(repr=False)
    totp: bytes = field(repr=False)


class RunningRegistry:
    """A registry that answers on loopback, and its stores, open in this process too."""

    def __init__(
        self, *, url: str, folder: Path, issuer: StandInIssuer, database: str | None = None
    ) -> None:
        self.url = url
        self.folder = folder
        self.issuer = issuer
        self.registry = open_registry(
            Settings(data=str(folder), database=database or ""), public_url=url
        )
        self.database = self.registry.database

    @property
    def host(self) -> str:
        """`127.0.0.1:PORT`, as `.npmrc` has it."""
        return urlsplit(self.url).netloc

    def register_issuers(self) -> None:
        """Register the stand-in for each provider under its name."""
        urls = {
            Provider.GITHUB: self.issuer.github,
            Provider.GITLAB: self.issuer.gitlab,
            Provider.CIRCLECI: self.issuer.circleci,
        }
        with self.database.writing() as connection:
            for provider, url in urls.items():
                issuer = new_issuer(name=provider.value, url=url, provider=provider)
                issuers.add(connection, issuer, now=time.time())

    def person(self, name: str, *, is_admin: bool = False, permission="read-write") -> Person:
        """A user with a password, a token and an authenticator."""
        with self.database.writing() as connection:
            user_id = users.add_user(
                connection,
                name=name,
                email=f"{name}@acme.example.test",
                password_hash=hash_password(PASSWORD, salt=os.urandom(16)),
                is_admin=is_admin,
                now=time.time(),
            )
            user = users.user_of_id(connection, user_id)
            assert user is not None
            address = second_factor.enrol(self.registry, connection, user)
            secret = self._token(connection, user_id, permission=permission)
        shown = parse_qs(urlsplit(address).query)["secret"][0]
        return Person(name=name, id=user_id, token=secret, totp=base64.b32decode(shown))

    def token(
        self, person: Person, *, packages: Sequence[str] = (), permission="read-write"
    ) -> str:
        """Another token of the person."""
        with self.database.writing() as connection:
            return self._token(connection, person.id, permission=permission, targets=packages)

    def tokens_of(self, person: Person) -> list[str]:
        """The names of the person's tokens."""
        with self.database.reading() as connection:
            return [token.name for token in users.tokens_of(connection, person.id)]

    def otp(self, person: Person, *, after: float = 0) -> str:
        """The code that the person's authenticator shows now, or `after` seconds from now."""
        return second_factor.code_at(person.totp, time.time() + after)

    def trust(
        self,
        target: str,
        *,
        by: Person | None = None,
        provider: Provider = Provider.GITHUB,
        **changes: object,
    ) -> TrustedPublisher:
        """A trusted publisher that lets the provider's default run publish; pending if it must."""
        parse = ScopePattern.parse if target.endswith("*") else PackageName.parse
        with self.database.writing() as connection:
            added = trust.add_to(
                self.registry,
                connection,
                target=parse(target),
                asked_for=request_for(provider, **changes),
                by=ADMIN if by is None else by.name,
                user_id=None if by is None else by.id,
                is_admin=True,
                address="",
            )
        assert isinstance(added, TrustedPublisher), added
        return added

    def seed(self, name: str, *, by: Person, version: str = "0.0.1", **described: Any) -> None:
        """A first version of a package, published with the person's token."""
        path = "/" + quote(name, safe="@")
        body = publish_body(name, version, **described)
        answer = self.http("PUT", path, body=body, token=by.token)
        assert answer.status == 201, answer.body

    def http(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        token: str | None = None,
        **headers: str,
    ) -> Answer:
        """One request, without any client's help."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if token is not None:
            named["authorization"] = f"Bearer {token}"
        request = Request(self.url + path, data=body, headers=named, method=method)
        try:
            with urlopen(request, timeout=30) as response:
                return Answer(response.status, dict(response.headers.items()), response.read())
        except HTTPError as err:
            with err:
                return Answer(err.code, dict(err.headers.items()), err.read())

    def package(self, name: str) -> Package | None:
        """The package as it is kept."""
        with self.database.reading() as connection:
            return packages.find(connection, name)

    def events(self, package: str, kind: str | None = None) -> list[dict[str, Any]]:
        """What happened to a package, oldest first."""
        found: list[dict[str, Any]] = []
        cursor = 0
        with self.database.reading() as connection:
            while page := events.since(connection, cursor, limit=1000):
                cursor = page[-1].id
                found += [
                    {"kind": r.event.kind, **r.event.data}
                    for r in page
                    if r.event.package == package and kind in (None, r.event.kind)
                ]
        return found

    def close(self) -> None:
        """Close the stores of this process."""
        self.database.close()

    def _token(self, connection, user_id: int, *, permission: str, targets=()) -> str:
        secret, _ = tokens.add_token(
            self.registry,
            connection,
            user_id=user_id,
            name="test",
            permission=permission,
            targets=tuple(targets),
            lifetime_seconds=None,
        )
        return secret.reveal()


def request_for(provider: Provider = Provider.GITHUB, **changes: object) -> PublisherRequest:
    """What a maintainer asks for to let the default run of `imprint.demo.runs` publish."""
    github, gitlab, circleci = GitHubRun(), GitLabJob(), CircleCIJob()
    defaults: dict[Provider, dict[str, Any]] = {
        Provider.GITHUB: {
            "repository": github.repository,
            "repository_id": github.repository_id,
            "owner_id": github.owner_id,
            "workflow": github.workflow,
        },
        Provider.GITLAB: {
            "repository": gitlab.project,
            "repository_id": gitlab.project_id,
            "owner_id": gitlab.namespace_id,
            "workflow": gitlab.file,
        },
        Provider.CIRCLECI: {
            "repository": circleci.origin,
            "repository_id": circleci.project_id,
            "owner_id": circleci.organization_id,
            "workflow": circleci.definition_id,
        },
    }
    values = {"permissions": ("publish",), **defaults[provider], **changes}
    return PublisherRequest(provider=provider, **values)


class Served:
    """`imprint serve` as a process: its address, and its end. A context manager."""

    def __init__(self, *options: str, folder: Path) -> None:
        self._command = (*SERVE, "--data", str(folder), "--listen", "127.0.0.1:0", *options)
        self._log = folder / "serve.log"
        folder.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Self:
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                self._command,
                cwd=self._log.parent,
                env={
                    name: text for name, text in os.environ.items() if not name.startswith(PREFIX)
                },
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self.url = self._listening()
        return self

    def __exit__(self, *_exc_info: object) -> None:
        self.stop()

    @property
    def log(self) -> str:
        """What the server reported."""
        return self._log.read_text()

    def stop(self) -> int:
        """Ask it to end, by its own process id; returns its exit code."""
        self.process.terminate()
        try:
            self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(timeout=20)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return self.process.returncode

    def _listening(self) -> str:
        assert self.process.stdout is not None
        lines: queue.Queue[str] = queue.Queue()
        read = self.process.stdout.readline
        threading.Thread(target=lambda: lines.put(read()), daemon=True).start()
        try:
            line = lines.get(timeout=START_SECONDS)
        except queue.Empty:
            line = ""
        if not line.startswith("listening on "):
            self.stop()
            raise AssertionError(f"`{' '.join(self._command)}` said {line!r}\n{self.log}")
        return line.removeprefix("listening on ").strip()


@contextmanager
def running_registry(
    folder: Path, *options: str, issuer: StandInIssuer, database: str | None = None
) -> Iterator[RunningRegistry]:
    """Run a registry with the stand-in issuers registered; `database` None: SQLite in `folder`."""
    if database is not None:
        options = (*options, "--database", database)
    with Served(*options, folder=folder) as served:
        running = RunningRegistry(
            url=served.url,
            folder=folder,
            issuer=issuer,
            database=database,
        )
        running.register_issuers()
        try:
            yield running
        finally:
            running.close()
