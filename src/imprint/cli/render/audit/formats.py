"""Every format of an audit by its name; what a format needs is imported with its use."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from imprint.cli.render.audit.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Callable

    from imprint.audit.model import Audit, AuditSet

_RENDERERS = {
    "json": ("json", "render_json"),
    "jsonl": ("json", "render_jsonl"),
    "sarif": ("sarif", "render_sarif"),
    "markdown": ("markdown", "render_markdown"),
    "html": ("html", "render_html"),
    "github": ("github", "render_github"),
    "gitlab": ("gitlab", "render_gitlab"),
    "junit": ("junit", "render_junit"),
    "cyclonedx": ("cyclonedx", "render_cyclonedx"),
}
_OF_SEVERAL = {
    "json": ("several_values", "json_several"),
    "jsonl": ("several_values", "jsonl_several"),
    "sarif": ("several_values", "sarif_several"),
    "markdown": ("several", "markdown_several"),
    "github": ("several", "github_several"),
    "gitlab": ("several_values", "gitlab_several"),
    "junit": ("several_values", "junit_several"),
}
FORMATS = ("plain", *_RENDERERS)
FORMATS_OF_SEVERAL = ("plain", *_OF_SEVERAL)
"""Without a page and a bill of materials: either is of one project."""


def render(audit: Audit, name: str, *, layout: Layout | None = None) -> str:
    """Return the audit in one of `FORMATS`; `layout` is for people's alone."""
    if name == "plain":
        from imprint.cli.render.audit.plain import render_plain

        return render_plain(audit, layout or Layout())
    text: str = _renderer(*_RENDERERS[name])(audit)
    return text


def render_several(several: AuditSet, name: str, *, layout: Layout | None = None) -> str:
    """Return several audits in one of `FORMATS_OF_SEVERAL`."""
    if name == "plain":
        from imprint.cli.render.audit.several import plain_several

        return plain_several(several, layout or Layout())
    text: str = _renderer(*_OF_SEVERAL[name])(several)
    return text


def _renderer(module: str, function: str) -> Callable[..., str]:
    found: Callable[..., str] = getattr(
        importlib.import_module(f"imprint.cli.render.audit.{module}"), function
    )
    return found
