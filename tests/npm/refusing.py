"""How the tests of this room look at a refusal: code and message, and nothing but Malformed."""

from collections.abc import Callable
from typing import TypeVar

from imprint.refusals import Malformed

T = TypeVar("T")


def outcome(act: Callable[..., T], *args: object, **named: object) -> T | Malformed:
    """What `act` returns, or the Malformed it raises, whose message fits a line of a header."""
    try:
        return act(*args, **named)
    except Malformed as err:
        refused = err
    assert refused.message.isascii()
    assert refused.message.isprintable()
    assert len(refused.message) < 700
    return refused


def refusal(act: Callable[..., object], *args: object, **named: object) -> tuple[str, str]:
    """Code and message of what `act` raises."""
    refused = outcome(act, *args, **named)
    assert isinstance(refused, Malformed), refused
    return refused.code, refused.message


def code(act: Callable[..., object], *args: object, **named: object) -> str:
    """Only the code of it."""
    return refusal(act, *args, **named)[0]
