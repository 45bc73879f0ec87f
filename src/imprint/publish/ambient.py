"""The ambient ID token: what the CI gives a job that may have one."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import msgspec

from imprint.publish.sending import send
from imprint.publishers.credentials import Secret
from imprint.refusals import Malformed, Unavailable, quoted
from imprint.tokens.loopback import is_loopback

if TYPE_CHECKING:
    from collections.abc import Mapping

NPM_VARIABLE = "NPM_ID_TOKEN"
GITHUB_URL = "ACTIONS_ID_TOKEN_REQUEST_URL"
GITHUB_TOKEN = "ACTIONS_ID_TOKEN_REQUEST_TOKEN"  # noqa: S105  (a variable's name)


class _Value(msgspec.Struct, frozen=True):
    value: str


def ambient_token(environment: Mapping[str, str], *, audience: str) -> Secret:
    """Return the job's ID token, as npm would take it: `NPM_ID_TOKEN`, else GitHub's own.

    A token from `NPM_ID_TOKEN` has whatever audience it was made for. Raises Malformed where the
    job has none, saying what it lacks; Unavailable where the CI does not answer.
    """
    if given := environment.get(NPM_VARIABLE, "").strip():
        return Secret(given)
    url, token = environment.get(GITHUB_URL), environment.get(GITHUB_TOKEN)
    if not url or not token:
        raise Malformed(
            "no-id-token", "this job has no ID token", hint=_what_is_missing(environment)
        )
    return _of_github(url, Secret(token), audience)


def _of_github(url: str, token: Secret, audience: str) -> Secret:
    parts = urlsplit(url)
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        raise Malformed("id-token-url", f"`{GITHUB_URL}` is {quoted(url)}: it must be https")
    joint = "&" if parts.query else "?"
    answer = send("GET", f"{url}{joint}audience={quote(audience, safe='')}", bearer=token)
    if answer.status != HTTPStatus.OK:
        raise Unavailable(
            "id-token-refused",
            f"the CI gave no ID token: it answered `{answer.status}`",
            hint="run the job again",
        )
    try:
        return Secret(msgspec.json.decode(answer.body, type=_Value).value)
    except (msgspec.DecodeError, UnicodeDecodeError) as err:
        raise Unavailable("id-token-refused", "the CI's answer has no ID token in it") from err


def _what_is_missing(environment: Mapping[str, str]) -> str:
    if environment.get("GITHUB_ACTIONS"):
        if environment.get("GITHUB_EVENT_NAME", "").startswith("pull_request"):
            return "runs for pull requests from forks never get one; else see `permissions`"
        return "the job needs `permissions: id-token: write`"
    if environment.get("GITLAB_CI"):
        return "the job needs `id_tokens: NPM_ID_TOKEN: aud: npm:HOST`"
    if environment.get("CIRCLECI"):
        return f"set `{NPM_VARIABLE}` from `circleci run oidc get --claims '{{\"aud\": …}}'`"
    return f"run it in a CI job, or set `{NPM_VARIABLE}`"
