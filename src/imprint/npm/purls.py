"""Package URLs as npm's statements have them. Not here: other kinds of package URL."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from imprint.npm.names import PackageName


def package_url(name: PackageName, version: str) -> str:
    """Return `pkg:npm/%40scope/name@version`, to the letter as npm writes it.

    Of a name nothing but the leading `@` is encoded (npm-package-arg, `toPurl`), and no registry is
    named.
    """
    return f"pkg:npm/{str(name).replace('@', '%40', 1)}@{version}"
