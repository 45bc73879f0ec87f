"""Targets of a TUF repository, by python-tuf: verified from a root in hand, or not had at all.

Not here: what a target says. The repository's metadata is kept beside the trust it renews, so that
nobody can bring back an older one.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import msgspec

from imprint.refusals import Malformed, Unavailable
from imprint.upstream.trust.addresses import check_service_address

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tuf.api.exceptions import DownloadError
    from tuf.ngclient.updater import Updater
    from urllib3.exceptions import HTTPError

TRUSTED_ROOT_TARGET: Final = "trusted_root.json"
MAX_TARGET_BYTES: Final = 1_048_576
METADATA_FOLDER: Final = "tuf"
TIMEOUT_SECONDS: Final = 10


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """What a repository has, verified."""

    targets: Mapping[str, bytes]
    """By name; those that the repository does not have are missing."""
    root: bytes
    """Its newest root metadata: what the next renewal begins with."""


def keys_target(host: str) -> str:
    """Return the name under which a repository has the keys of a registry."""
    return f"{host}/keys.json"


def check_root(raw: bytes) -> None:
    """Let pass root metadata that its own keys have signed; raises `malformed-tuf-root`.

    That says nothing of whose it is: whoever brings it vouches for that.
    """
    from tuf.api.exceptions import RepositoryError  # noqa: PLC0415  (deferred, see below)
    from tuf.api.metadata import Metadata, Root  # noqa: PLC0415

    try:
        metadata = Metadata[Root].from_bytes(raw)
        if not isinstance(metadata.signed, Root):
            raise Malformed("malformed-tuf-root", "this is metadata of another role than `root`")
        metadata.signed.verify_delegate(Root.type, metadata.signed_bytes, metadata.signatures)
    except RepositoryError as err:
        raise Malformed(
            "malformed-tuf-root",
            f"this is no root metadata of a TUF repository: {_said(err)}",
            hint="it is the `root.json` that the operator of the instance gives out",
        ) from err


def fetch_targets(
    repository: str, *, root: bytes, folder: Path, names: Sequence[str], is_new_root: bool = False
) -> Fetched:
    """Return the targets `names` of the TUF repository at that address.

    `root` is root metadata that somebody vouches for; `is_new_root` says that it was brought just
    now, so that what was kept of the repository before is not believed any more. `folder` is where
    trust is kept. Raises Malformed: `trust-update-refused` where metadata or targets are not what
    the root's keys have signed, or are out of date, and `malformed-tuf-root`; Unavailable:
    `trust-update-unavailable`.
    """
    # It takes a tenth of a second, and only a renewal needs it.
    from tuf.api.exceptions import (  # noqa: PLC0415  (deferred, see above)
        DownloadError,
        ExpiredMetadataError,
        RepositoryError,
    )
    from urllib3.exceptions import HTTPError  # noqa: PLC0415

    check_service_address(repository, "TUF repository")
    check_root(root)
    metadata = folder / METADATA_FOLDER / quote(repository, safe="")
    try:
        if is_new_root:
            _forget(metadata)
        metadata.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as targets:
            updater = _updater(repository, root=root, metadata=metadata, targets=Path(targets))
            updater.refresh()
            found = {name: raw for name in names if (raw := _target(updater, name)) is not None}
        return Fetched(targets=found, root=(metadata / "root.json").read_bytes())
    except ExpiredMetadataError as err:
        raise _refused(repository, f"is out of date: {_said(err)}", hint=_EXPIRED_HINT) from err
    except RepositoryError as err:
        raise _refused(
            repository, f"is not what its root has signed: {_said(err)}", hint=_ROOT_HINT
        ) from err
    except (DownloadError, HTTPError) as err:  # python-tuf lets what breaks off through as it is
        raise Unavailable(
            "trust-update-unavailable",
            f"the TUF repository `{repository}` could not be read: {_failure(err)}",
            hint="try again; without a network give a file: `imprint trust-roots update --file F`",
        ) from err
    except OSError as err:
        raise Malformed(
            "trust-file", f"cannot write below `{metadata}`: {(err.strerror or '').lower()}"
        ) from err


_EXPIRED_HINT: Final = "it was not renewed in time, or somebody shows an old copy: ask its operator"
_ROOT_HINT: Final = (
    "was the instance set up anew? its operator has the new root.json: give it with `--root FILE`"
)


def _updater(repository: str, *, root: bytes, metadata: Path, targets: Path) -> Updater:
    # Deferred, as above.
    from tuf.ngclient.updater import Updater  # noqa: PLC0415
    from tuf.ngclient.urllib3_fetcher import Urllib3Fetcher  # noqa: PLC0415

    return Updater(
        metadata_dir=str(metadata),
        metadata_base_url=repository,
        target_dir=str(targets),
        target_base_url=f"{repository}/targets",
        fetcher=Urllib3Fetcher(socket_timeout=TIMEOUT_SECONDS, app_user_agent="imprint"),
        bootstrap=root,
    )


def _target(updater: Updater, name: str) -> bytes | None:
    info = updater.get_targetinfo(name)
    if info is None:
        return None
    if info.length > MAX_TARGET_BYTES:
        raise Malformed(
            "trust-update-refused",
            f"the target `{name}` has {info.length} bytes: at most {MAX_TARGET_BYTES} are read",
        )
    return Path(updater.download_target(info)).read_bytes()


def _forget(metadata: Path) -> None:
    for path in sorted(metadata.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        else:
            path.unlink()


def _refused(repository: str, why: str, *, hint: str) -> Malformed:
    return Malformed("trust-update-refused", f"the TUF repository `{repository}` {why}", hint=hint)


def _failure(err: DownloadError | HTTPError) -> str:
    """Return why something could not be had: the library's own words are mostly empty."""
    cause = err.__cause__
    reason = getattr(cause, "reason", None) or cause
    return _said(err) if reason is None else f"`{type(reason).__name__}`"


def _said(err: Exception) -> str:
    """Return one line of what the library says."""
    words = " ".join(str(err).split())
    return words[:200] or type(err).__name__
