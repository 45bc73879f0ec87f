"""Under which label a registry's keys are kept. Not here: the keys.

npm's default registry has the label `default`, so that its host stands in no file: which one that
is, the purl library knows (architecture, decision 17). Every other registry's label is its host.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final
from urllib.parse import urlsplit

from imprint.refusals import Malformed, quoted

DEFAULT_LABEL: Final = "default"

_PORTS: Final = {"http": 80, "https": 443}
_LABEL: Final = re.compile(
    r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:[0-9]{1,5})?|\[[0-9a-f:.]+\](:[0-9]{1,5})?"
)


def label_of(url: str) -> str:
    """Return the label of the registry at `url`; raises Malformed (`registry-url`).

    None is a host that is called `default`: its keys would take the place of the default ones.
    """
    host = _host_of(url)
    if host == DEFAULT_LABEL:
        raise Malformed(
            "registry-url",
            f"the registry is {quoted(url)}: `{host}` stands for npm's default registry here",
            hint="use another name of that host, as its address or its whole name",
        )
    return DEFAULT_LABEL if host == default_host() else host


def host_of_label(label: str) -> str:
    """Return the host that a label stands for, as TUF targets spell it (`<host>/keys.json`)."""
    return default_host() if label == DEFAULT_LABEL else label


def is_label(text: str) -> bool:
    """Tell whether `text` could be a label: `default`, or a host with a port where it needs one."""
    return _LABEL.fullmatch(text) is not None and ".." not in text


@cache
def default_host() -> str:
    """Return the host of the purl type's default repository."""
    # Reading many routes at import: only who asks for keys pays for it.
    from packageurl.contrib.purl2url import get_download_url  # noqa: PLC0415  (deferred, see above)

    url = get_download_url("pkg:npm/name@0.0.0")  # type: ignore[no-untyped-call]  # it has no types
    return _host_of(str(url))


def _host_of(url: str) -> str:
    """Return `host` or `host:port` as browsers spell it: lower case, no usual port."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        parts, host, port = urlsplit(""), "", None
    shown = f"[{host}]" if ":" in host else host
    if port is not None and port != _PORTS.get(parts.scheme):
        shown = f"{shown}:{port}"
    if parts.scheme not in _PORTS or not is_label(shown):
        raise Malformed(
            "registry-url",
            f"the registry is {quoted(url)}: it takes `https://…` or `http://…`",
        )
    return shown
