"""A stand-in for a CI's issuer of ID tokens, on loopback. It vouches for whatever it is told.

It is for demonstrations and tests: nobody checks that a run exists, so a registry that trusts it
trusts everybody who reaches it. It speaks as the real ones do: discovery and keys (OpenID Connect
Discovery 1.0), and GitHub's endpoint for ID tokens, a fresh token for each request.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qs, urlsplit

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from msgspec.structs import replace

from imprint.demo.runs import CircleCIJob

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from imprint.demo.runs import GitHubRun, GitLabJob

KEY_ID = "stand-in-1"
TOKEN_PATH = "/github/_apis/idtoken"
LIFETIME_SECONDS = {"github": 300, "gitlab": 3600, "circleci": 3600}


class Runner(msgspec.Struct):
    """A run's access to ID tokens, as a GitHub runner gives it to a job with `id-token: write`."""

    run: GitHubRun
    request_url: str
    request_token: str
    issued: list[str] = msgspec.field(default_factory=list)
    """Every ID token that the job asked for, the last at the end."""

    def variables(self) -> dict[str, str]:
        """Return the job's environment."""
        return {
            **self.run.variables(),
            "ACTIONS_ID_TOKEN_REQUEST_URL": self.request_url,
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": self.request_token,
        }


class StandInIssuer:
    """Three issuers under one address, with one key. A context manager: it serves inside."""

    def __init__(self, *, port: int = 0) -> None:
        """Make a key and take `port`, or a free one; it answers from `__enter__` on."""
        self._key = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
        self._runners: dict[str, Runner] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler_of(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="stand-in-issuer", daemon=True
        )
        self.is_down = False
        """True: every request is answered 503, as when a provider has an outage."""

    @property
    def address(self) -> str:
        """`http://127.0.0.1:PORT`."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def github(self) -> str:
        """`iss` of GitHub's tokens."""
        return f"{self.address}/github"

    @property
    def gitlab(self) -> str:
        """`iss` of GitLab's tokens."""
        return f"{self.address}/gitlab"

    @property
    def circleci(self) -> str:
        """`iss` of CircleCI's tokens: each organization has its own, this is the default job's."""
        return f"{self.address}/org/{CircleCIJob().organization_id}"

    def __enter__(self) -> Self:
        """Serve in a thread."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, and free the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def start(self, run: GitHubRun) -> Runner:
        """Start a GitHub run that may ask for ID tokens."""
        token = secrets.token_urlsafe(24)
        url = f"{self.address}{TOKEN_PATH}?api-version=2.0"
        runner = Runner(run, request_url=url, request_token=token)
        self._runners[token] = runner
        return runner

    def gitlab_token(self, job: GitLabJob, *, audience: str) -> str:
        """Return the one ID token of a GitLab job (`id_tokens:` in its file)."""
        # The pipeline's file is named with the host that issues, and the path it is mounted at.
        claims = replace(job, host=self.gitlab.partition("//")[2]).claims()
        return self.sign(self.gitlab, claims, audience=audience, kind="gitlab")

    def circleci_token(self, job: CircleCIJob, *, audience: str) -> str:
        """Return the one ID token of a CircleCI job. It has no `jti`."""
        return self.sign(self.circleci, job.claims(), audience=audience, kind="circleci")

    def sign(
        self, issuer: str, claims: Mapping[str, object], *, audience: str, kind: str = "github"
    ) -> str:
        """Return an ID token of these claims; they override what the issuer would add."""
        now = int(time.time())
        added: dict[str, object] = {
            "iss": issuer,
            "aud": audience,
            "iat": now,
            "nbf": now,
            "exp": now + LIFETIME_SECONDS[kind],
        }
        if kind != "circleci":
            added["jti"] = str(uuid.uuid4())
        return jwt.encode({**added, **claims}, self._key, "RS256", headers={"kid": KEY_ID})

    def answer(self, target: str, authorization: str | None) -> tuple[int, Mapping[str, object]]:
        """Return status and JSON for a GET of `target`."""
        parts = urlsplit(target)
        if self.is_down:
            return 503, {"message": "the stand-in issuer is down"}
        if parts.path == TOKEN_PATH:
            return self._token(parse_qs(parts.query), authorization)
        if parts.path == "/keys":
            public = RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
            public.pop("key_ops", None)
            return 200, {"keys": [{**public, "kid": KEY_ID, "use": "sig", "alg": "RS256"}]}
        if parts.path.endswith("/.well-known/openid-configuration"):
            issuer = self.address + parts.path.removesuffix("/.well-known/openid-configuration")
            return 200, self._discovery(issuer)
        return 404, {"message": "the stand-in issuer has nothing here"}

    def _discovery(self, issuer: str) -> Mapping[str, object]:
        return {
            "issuer": issuer,
            "jwks_uri": f"{self.address}/keys",
            "subject_types_supported": ["public"],
            "response_types_supported": ["id_token"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": ["openid"],
        }

    def _token(
        self, query: Mapping[str, list[str]], authorization: str | None
    ) -> tuple[int, Mapping[str, object]]:
        runner = self._runners.get((authorization or "").removeprefix("Bearer "))
        if runner is None:
            return 401, {"message": "no run has this request token"}
        audience = query.get("audience", [f"https://forge.example.test/{runner.run.owner}"])[0]
        token = self.sign(self.github, runner.run.claims(), audience=audience)
        runner.issued.append(token)
        return 200, {"count": len(token), "value": token}


def _handler_of(issuer: StandInIssuer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Answers GET with JSON, and logs nothing."""

        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, answer = issuer.answer(self.path, self.headers.get("authorization"))
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            """Say nothing: the story is on the terminal."""

    return Handler
