"""Names, ids and environments as an administrator writes them: normalised once, or refused.

Case K03: what is written in two ways is stored in one. Not here: workflow files (`workflows.py`).
"""

from __future__ import annotations

import string
from itertools import pairwise
from uuid import UUID

from imprint.identity.workload import Provider
from imprint.refusals import Malformed, quoted

MAXIMUM_LENGTH = 255
"""Characters of a GitLab project path and of an environment (case F16)."""

_GITHUB_ISSUER_HOST = "token.actions.githubusercontent.com"
_GITHUB_HOST = "github.com"

_WORD = frozenset(string.ascii_letters + string.digits)
_SPECIALS = frozenset("-_.")
_ACTOR = _WORD | _SPECIALS | frozenset("[]")
_GITLAB_ENVIRONMENT = _WORD | frozenset("-_/${}. ")
_GITHUB_ENVIRONMENT_FORBIDDEN = frozenset("'\"`,;\\")
_LONGEST_ID = 20
"""Digits: ids are 64-bit numbers at their providers."""


def forge_host(issuer_url: str) -> str:
    """Return host[:port][/path] of the forge whose CI an issuer speaks for.

    GitLab issues under its own address. GitHub issues under a host beside its own; an enterprise
    server issues below its own address, of which the host alone is the forge.
    """
    address = issuer_url.partition("://")[2].rstrip("/")
    host = address.partition("/")[0]
    if host == _GITHUB_ISSUER_HOST:
        return _GITHUB_HOST
    if host.endswith(".ghe.com"):
        return host.removeprefix("token.actions.")
    return host if "/_services/" in address else address


def same_name(provider: Provider, left: str, right: str) -> bool:
    """Return whether two repository names are one at `provider`: case means nothing but at generic.

    ASCII only: no forge has other letters in a path, and no other folding can make two names one.
    """
    if provider is Provider.GENERIC:
        return left == right
    return folded(left) == folded(right)


def folded(name: str) -> str:
    """Return a name with its ASCII letters in lower case, and nothing else changed."""
    return name.translate(_FOLDING)


_FOLDING = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def normalise_repository(text: str, *, provider: Provider, host: str) -> str:
    """Return `owner/name`, the GitLab project path or the CircleCI origin that `text` names.

    Addresses are taken only from `host`, so that no repository moves to another forge silently.
    Raises Malformed (`invalid-repository`). Cases D18, E07, F04, F05, F16, F17.
    """
    trimmed = text.strip()
    if provider is Provider.CIRCLECI:
        return _origin(trimmed)
    path = _path_of_address(trimmed, host).removesuffix("/")
    segments = path.split("/")
    if provider is Provider.GITHUB and len(segments) != 2:  # noqa: PLR2004  (owner and name)
        raise _bad_repository(text, "is not `owner/name`")
    if len(segments) < 2:  # noqa: PLR2004  (group and project)
        raise _bad_repository(text, "is not `group/project`")
    if len(path) > MAXIMUM_LENGTH:
        raise _bad_repository(text, f"is longer than {MAXIMUM_LENGTH} characters")
    problem = _github_problem if provider is Provider.GITHUB else _gitlab_problem
    for segment in segments:
        why = problem(segment)
        if why is not None:
            raise _bad_repository(text, why)
    return path


def normalise_id(text: str, *, provider: Provider, what: str) -> str:
    """Return an immutable id, digits or CircleCI's UUID; raises Malformed (`invalid-id`)."""
    if provider is Provider.CIRCLECI:
        return normalise_uuid(text, what=what)
    trimmed = text.strip()
    # isascii: other scripts have digits too, and no forge sends them.
    digits = trimmed.isascii() and trimmed.isdigit() and len(trimmed) <= _LONGEST_ID
    if not digits or trimmed.startswith("0"):
        raise Malformed("invalid-id", f"{what} {quoted(text)} is not a decimal number")
    return trimmed


def normalise_uuid(text: str, *, what: str) -> str:
    """Return a UUID in lower case with its dashes. Raises Malformed (`invalid-id`). Case F17."""
    trimmed = text.strip().lower()
    try:
        canonical = str(UUID(trimmed))
    except ValueError:
        canonical = ""
    if canonical != trimmed or not canonical:
        raise Malformed(
            "invalid-id",
            f"{what} {quoted(text)} is not a UUID such as `94b40e60-cfd5-486f-a04b-507abf27a83d`",
        )
    return canonical


def normalise_environment(text: str, *, provider: Provider) -> str:
    """Return the environment's name; raises Malformed (`invalid-environment`). Case F16."""
    trimmed = text.strip()
    if not trimmed:
        raise _bad_environment(text, "is empty")
    if len(trimmed) > MAXIMUM_LENGTH:
        raise _bad_environment(text, f"is longer than {MAXIMUM_LENGTH} characters")
    if provider is Provider.GITLAB:
        forbidden = [character for character in trimmed if character not in _GITLAB_ENVIRONMENT]
    else:
        forbidden = [
            character
            for character in trimmed
            if not character.isprintable() or character in _GITHUB_ENVIRONMENT_FORBIDDEN
        ]
    if forbidden:
        raise _bad_environment(text, f"contains {quoted(forbidden[0])}")
    if provider is Provider.GITLAB and (trimmed.startswith("/") or trimmed.endswith("/")):
        raise _bad_environment(text, "begins or ends with `/`")
    return trimmed


def normalise_actor(text: str) -> str:
    """Return a user's name at a forge; raises Malformed (`invalid-actor`)."""
    trimmed = text.strip().removeprefix("@")
    # `dependabot[bot]`: GitHub writes the names of apps so.
    if not trimmed or len(trimmed) > MAXIMUM_LENGTH or not set(trimmed) <= _ACTOR:
        raise Malformed("invalid-actor", f"actor {quoted(text)} is no user name of a forge")
    return trimmed


def _bad_repository(text: str, why: str) -> Malformed:
    return Malformed("invalid-repository", f"repository {quoted(text)} {why}")


def _bad_environment(text: str, why: str) -> Malformed:
    return Malformed("invalid-environment", f"environment {quoted(text)} {why}")


def _path_of_address(text: str, host: str) -> str:
    """Return the path of a repository's address, or `text` itself where it is none."""
    if "://" in text:
        scheme, _, address = text.partition("://")
        if scheme not in {"https", "http", "git+https", "ssh", "git+ssh"}:
            raise _bad_repository(text, "is not an https or ssh address")
        address = address.removeprefix("git@")
    elif text.startswith("git@"):
        address = text.removeprefix("git@").replace(":", "/", 1)
    else:
        return text
    if not folded(address).startswith(folded(host) + "/"):
        raise _bad_repository(text, f"is not at {quoted(host)}, whose tokens this publisher takes")
    return address[len(host) + 1 :].removesuffix("/").removesuffix(".git")


def _github_problem(segment: str) -> str | None:
    if not segment or segment in {".", ".."} or not set(segment) <= _WORD | _SPECIALS:
        return "is not made of letters, digits, `-`, `_` and `.`"
    if folded(segment).endswith(".git"):
        return "ends with `.git`"
    return None


def _gitlab_problem(segment: str) -> str | None:
    if not segment or not set(segment) <= _WORD | _SPECIALS:
        return "is not made of letters, digits, `-`, `_` and `.`"
    if segment[0] in _SPECIALS or segment[-1] in _SPECIALS:
        return "has a part that begins or ends with `-`, `_` or `.`"
    if any(a in _SPECIALS and b in _SPECIALS for a, b in pairwise(segment)):
        return "has two of `-`, `_` and `.` side by side"
    if folded(segment).endswith((".git", ".atom")):
        return "ends with `.git` or `.atom`"
    return None


def _origin(text: str) -> str:
    """Return a CircleCI `vcs-origin`, `github.com/acme/widget`. Case F17: without a scheme."""
    if "://" in text:
        raise _bad_repository(text, "has a scheme: write it as `github.com/acme/widget`")
    trimmed = text.removesuffix("/")
    segments = trimmed.split("/")
    if len(segments) < 3:  # noqa: PLR2004  (provider, owner, repository)
        raise _bad_repository(text, "is not `provider/owner/repository`")
    if len(trimmed) > MAXIMUM_LENGTH or not all(
        segment and segment.isascii() and segment.isprintable() and " " not in segment
        for segment in segments
    ):
        raise _bad_repository(text, "is not an origin such as `github.com/acme/widget`")
    return trimmed
