"""Asking a running gate, with the token that npm would use there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from imprint.cli.session import Refused, current
from imprint.refusals import Refusal, Unavailable, quoted

if TYPE_CHECKING:
    from imprint.publish.registry_client import RegistryClient

T = TypeVar("T")

_FOREIGN = frozenset({"status-400", "status-404", "status-405"})
"""What registries say of a path that they do not know. Ours gives a code of its own."""


def gate_at(url: str | None) -> RegistryClient:
    """Return the gate at `url`; None: the one that npm is configured to."""
    from imprint.publish.configuration import Surroundings, read_configuration
    from imprint.publish.registry_client import RegistryClient

    around = Surroundings(folder=Path.cwd(), home=Path.home(), environment=os.environ)
    configuration = read_configuration(around, registry=url or current().registry)
    found = configuration.registry_of(None).url
    return RegistryClient(url=found, token=configuration.token_for(found))


def asked(
    gate: RegistryClient,
    path: str,
    kind: type[T],
    *,
    method: str = "GET",
    body: bytes | None = None,
) -> T:
    """Return what the gate answers; raises Refused for what it refuses, and Unavailable.

    `path` is below `/-/imprint/v1/`.
    """
    import msgspec

    answer = gate.call(method, f"-/imprint/v1/{path}", body=body)
    if isinstance(answer, Refusal):
        if answer.code in _FOREIGN:
            raise foreign_answer(gate)
        raise Refused(answer)
    try:
        return msgspec.json.decode(answer, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as err:
        raise foreign_answer(gate) from err


def foreign_answer(gate: RegistryClient) -> Unavailable:
    """Return that what answered is no gate of ours."""
    return Unavailable(
        "foreign-answer",
        f"{quoted(gate.url)} does not answer as a gate of imprint does",
        hint="name the address of `imprint serve --upstream URL` by `--gate URL`",
    )
