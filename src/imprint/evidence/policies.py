"""The policy of a project with its pins and its baseline: where they are, and reading them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from imprint.evidence.policy_layers import Layering
from imprint.policy.baseline import FILE_NAME as BASELINE_NAME
from imprint.policy.baseline import MOST_BYTES, read_baseline
from imprint.policy.pins import FILE_NAME as PINS_NAME
from imprint.policy.pins import MOST_CHARACTERS, read_pins
from imprint.policy.read import FILE_NAME, default_policy, read_policy
from imprint.refusals import Malformed, Unavailable, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from imprint.history.pins import Pin
    from imprint.policy.model import Policy
    from imprint.upstream.revision_files import RevisionFiles

_FETCH_SECONDS = 10.0


class LoadedPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that judging a project's packages goes by."""

    policy: Policy
    file: Path | None
    """None: there is no file, and the default preset decides."""
    folder: Path
    """Where pins and baseline are, or would be."""
    pins: Mapping[str, tuple[Pin, ...]]
    baseline: frozenset[str]
    digest: str
    """sha256 over policy, pins and baseline: what a kept verdict is keyed by."""
    layers: tuple[str, ...] = ()
    """The addresses of what the policy extends."""
    revision: str | None = None
    """The git revision that all of it is of, for people; None: as it is on the disk."""

    @property
    def words(self) -> str:
        """`no-downgrade @ 3f2a91c04d`, for people, and of which revision."""
        own = f"{self.policy.preset} @ {self.policy.digest[:10]}"
        return own if self.revision is None else f"{own} of {self.revision}"


def fetch_document(address: str) -> bytes:
    """Return what an https address answers. Raises Unavailable (`policy-unavailable`).

    Runs an event loop of its own: not to be called within one.
    """
    import asyncio  # noqa: PLC0415  (few policies extend one over https)

    from imprint.evidence.policy_layers import MOST_BYTES as MOST_POLICY_BYTES  # noqa: PLC0415
    from imprint.upstream.failures import FetchFailed  # noqa: PLC0415  (as above)
    from imprint.upstream.fetch import Fetcher, Reach  # noqa: PLC0415  (as above)

    async def answer() -> bytes:
        async with Fetcher(by_proxy=True) as fetcher:
            return await fetcher.get(
                address,
                reach=Reach.REGISTERED,
                timeout_seconds=_FETCH_SECONDS,
                max_bytes=MOST_POLICY_BYTES,
                accept="application/toml, text/plain, */*;q=0.1",
            )

    try:
        return asyncio.run(answer())
    except FetchFailed as err:
        raise Unavailable(
            "policy-unavailable", f"policy {quoted(address)} cannot be fetched: {err}"
        ) from err


def load_policy(
    folder: Path,
    *,
    named: Path | None = None,
    cache: Path | None = None,
    fetch: Callable[[str], bytes] | None = fetch_document,
    at: RevisionFiles | None = None,
) -> LoadedPolicy:
    """Return the policy for a lockfile in `folder`, with pins and baseline.

    `named` wins; else the nearest `imprint.toml` in `folder` or above it, up to the repository's
    root; else the default preset. `cache` keeps what it extends over https; `fetch` None: offline.
    `at` a revision all is taken as that has it, but `named`, which somebody chose as it is: what a
    change brings has no say in how the change is judged (docs/decisions/0029).
    Raises Malformed for what is wrong in a file, with its place, and Unavailable for what cannot be
    had: without its layers nothing is decided.
    """
    file = named if named is not None else find_policy(folder, at=at)
    own = at if named is None else None
    layering = Layering(cache=cache, fetch=fetch, at=own)
    policy = (
        default_policy() if file is None else layering.whole(read_file(file, at=own), file.parent)
    )
    home = folder if file is None or named is not None else file.parent
    pins = _kept(home / PINS_NAME, MOST_CHARACTERS, "malformed-pins", at)
    baseline = _kept(home / BASELINE_NAME, MOST_BYTES, "malformed-baseline", at)
    return LoadedPolicy(
        policy=policy,
        file=file,
        folder=home,
        pins={} if pins is None else read_pins(pins.decode("utf-8", "replace")),
        baseline=frozenset() if baseline is None else read_baseline(baseline),
        digest=_digest(policy, pins, baseline),
        layers=tuple(layering.kept),
        revision=None if own is None else own.words,
    )


def read_file(file: Path, *, at: RevisionFiles | None = None) -> Policy:
    """Return the policy of one file alone, without what it extends. Raises Malformed."""
    return read_policy(text_of(file, at=at), origin=file.name)


def text_of(file: Path, *, at: RevisionFiles | None = None) -> str:
    """Return the text of a policy file. Raises Malformed."""
    raw = _read_at(at, file, MOST_BYTES, "malformed-policy") if at is not None else None
    if raw is None:
        raw = _read(file, MOST_BYTES, "malformed-policy")
    try:
        return raw.decode()
    except UnicodeDecodeError as err:
        raise Malformed("malformed-policy", f"{file.name}: no UTF-8") from err


def check_text(
    text: str,
    file: Path,
    *,
    cache: Path | None = None,
    fetch: Callable[[str], bytes] | None = fetch_document,
) -> Policy:
    """Return what `text` would be as the content of `file`, with its layers.

    Raises what `load_policy` raises: nothing is to be written that would not be read.
    """
    layering = Layering(cache=cache, fetch=fetch)
    return layering.whole(read_policy(text, origin=file.name), file.parent)


def find_policy(folder: Path, *, at: RevisionFiles | None = None) -> Path | None:
    """Return the nearest `imprint.toml`, in `folder` or above it up to the repository's root.

    Outside of a repository only `folder` is looked at: what is above may be anybody's.
    """
    if at is not None:
        places = at.above(folder)
        names = (FILE_NAME, PINS_NAME, BASELINE_NAME)
        at.look(each / name for each in places for name in names)
        return next((each / FILE_NAME for each in places if at.has(each / FILE_NAME)), None)
    whole = folder.resolve()
    above = [whole, *whole.parents]
    root = next((place for place, each in enumerate(above) if (each / ".git").exists()), 0)
    for each in above[: root + 1]:
        if (each / FILE_NAME).is_file():
            return each / FILE_NAME
    return None


def _kept(path: Path, most: int, code: str, at: RevisionFiles | None) -> bytes | None:
    if at is not None:
        return _read_at(at, at.place_of(path.parent) / path.name, most, code)
    return _read(path, most, code) if path.is_file() else None


def _read_at(at: RevisionFiles, path: Path, most: int, code: str) -> bytes | None:
    raw = at.read(path, most_bytes=most)
    if raw is not None and len(raw) > most:
        raise _too_large(path, most, code)
    return raw


def _read(path: Path, most: int, code: str) -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read(most + 1)
    except OSError as err:
        reason = (err.strerror or "it is none").lower()
        raise Malformed(
            "policy-file", f"file {quoted(str(path))} cannot be read: {reason}"
        ) from err
    if len(raw) > most:
        raise _too_large(path, most, code)
    return raw


def _too_large(path: Path, most: int, code: str) -> Malformed:
    return Malformed(code, f"file {quoted(str(path))} is larger than {most} bytes")


def _digest(policy: Policy, pins: bytes | None, baseline: bytes | None) -> str:
    whole = hashlib.sha256(policy.digest.encode())
    for part in (pins, baseline):
        whole.update(hashlib.sha256(part or b"").digest())
    return whole.hexdigest()
