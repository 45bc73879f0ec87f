"""What was typed after `imprint doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for."""

    path: Path | None
    shows_paths: bool
    shows_all: bool
    fixes: bool
    unsafe: bool
    compare: str | None
    lock: bool
    probe: bool
    log: Path | None
    profile: str
    trust: Path | None
    forge: bool
    otp: str | None
    hygiene: bool
    baseline: Path | None
    update_baseline: bool
    cache: bool
    exit_zero: bool

    @classmethod
    def of(cls, path: Path | None, options: Mapping[str, Any]) -> Wish:
        """Return the options as they were typed; raises a usage error where they do not fit."""
        wish = cls(path=path, **options)
        if wish.unsafe and not wish.fixes:
            raise click.UsageError("--unsafe is for --fix")
        if wish.log is not None and (wish.fixes or wish.compare or wish.lock or wish.probe):
            raise click.UsageError("--log goes alone, or with PATH")
        return wish
