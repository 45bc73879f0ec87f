"""An application of which no source was seen: what it needs is not called inert.

Nobody could see an import where there is no file to read: a lockfile alone, sources that are
generated, or of a language that is not read here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.reachability.exposure import Exposure, Reach

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.reachability.locked import Locked

_MANIFEST = "package.json"


def with_unseen(locked: Locked, reaches: Mapping[str, Reach]) -> Mapping[str, Reach]:
    """Return `reaches`, where all that production needs is at least in the closure."""
    seeds = {key: (_MANIFEST, locked.packages[key].name) for key in locked.direct_keys()}
    raised = {
        key: Reach(exposure=Exposure.RUNTIME_CLOSURE, proof=proof)
        for key, proof in locked.closure(seeds).items()
        if reaches[key].exposure is Exposure.DEV_ONLY_INERT
    }
    return {**reaches, **raised}
