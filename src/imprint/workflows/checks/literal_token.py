"""A token stands in a file that is tracked. Messages never repeat it."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING

from imprint.workflows.findings import Confidence, Persona, Report, Severity
from imprint.workflows.repository import Repository
from imprint.workflows.yaml.places import span_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.scene import Scene

READS = Repository
SEVERITY = Severity.BLOCK
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.RELEASE
SPECIFICATION = ("W08",)

_TOKEN = re.compile(
    r"""(?<![A-Za-z0-9_])(?P<npm>npm_[A-Za-z0-9]{36})(?![A-Za-z0-9])
    |(?:_authToken|npmAuthToken["']?)[ \t]*[=:][ \t]*["']?
      (?P<uuid>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})
    |(?:(?<![\w-])_auth|:_auth|npmAuthIdent["']?)[ \t]*[=:][ \t]*["']?
      (?P<basic>[A-Za-z0-9+/]{12,}={0,2})
    """,
    re.VERBOSE,
)
_WORDS = ("npm_", "_auth", "npmAuth")
_FIXTURES = {
    "test", "tests", "__tests__", "spec", "fixtures", "__fixtures__", "fixture", "mocks",
    "__mocks__", "examples", "example", "docs", "snapshots", "__snapshots__",
}  # fmt: skip
_FEWEST_CHARACTERS = 8
"""A token has more different characters than this; `xxxxxxxx` and `00000000` have not."""
_MADE_UP = {"user:password", "username:password", "user:pass", "admin:admin", "foo:bar"}


def check(repository: Repository, scene: Scene) -> Iterator[Report]:
    """Yield each token that stands in a file, where it is no made-up one of a test."""
    del scene
    for path, text in repository.texts.items():
        if not any(word in text for word in _WORDS):
            continue
        if _FIXTURES & set(path.lower().split("/")[:-1]):
            continue
        for match in _TOKEN.finditer(text):
            kind = match.lastgroup or "npm"
            if _is_token(kind, match[kind]):
                yield Report(
                    span=span_at(path, text, match.start(kind), match.end(kind)),
                    message=(
                        "a token stands in a tracked file, for everybody who can read it: "
                        "it belongs in the CI's secrets, if anywhere"
                    ),
                    hint="revoke it now: it stays in the history when the line is gone",
                )


def _is_token(kind: str, value: str) -> bool:
    if kind == "basic":
        try:
            plain = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return False
        return ":" in plain and plain.isprintable() and plain.lower() not in _MADE_UP
    return len(set(value.removeprefix("npm_"))) > _FEWEST_CHARACTERS
