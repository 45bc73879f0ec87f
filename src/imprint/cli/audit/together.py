"""Several lockfiles in one run: what they want to be known is asked for once.

Not here: which they are (`audit.lockfile_sets`), and what is told of them (`render.audit`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.audit.run import run_audits
from imprint.cli.audit.asked import configuration_of
from imprint.cli.audit.opening import opened
from imprint.cli.audit.running import with_changed_rules
from imprint.refusals import Malformed, Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TypeAlias

    from imprint.audit.model import Audit
    from imprint.audit.request import AuditRequest
    from imprint.cli.audit.asked import Asked
    from imprint.cli.audit.opening import Opened
    from imprint.cli.audit.options import Wish
    from imprint.evidence.policies import LoadedPolicy
    from imprint.publish.configuration import Configuration

    Outcome: TypeAlias = Audit | Malformed | Unavailable
    Settings: TypeAlias = tuple[str | None, tuple[tuple[tuple[str, str], ...], ...]]


def run_together(
    those: Sequence[tuple[Asked, LoadedPolicy]], wish: Wish
) -> tuple[Audit | Malformed | Unavailable, ...]:
    """Return what each lockfile comes to by its policy, or why it comes to nothing.

    Folders whose npm configuration is the same are asked for together; where it is another, a name
    may be from another registry, or be asked for with another token.
    """
    outcomes: dict[int, Outcome] = {}
    with opened(wish) as caches:
        for group in _groups(those, caches, outcomes):
            done = run_audits(list(group.values()))
            outcomes |= zip(group, done, strict=True)
    for number, (asked, loaded) in enumerate(those):
        audit = outcomes[number]
        if isinstance(audit, (Malformed, Unavailable)) or asked.at is None:
            continue
        try:
            outcomes[number] = with_changed_rules(audit, asked, loaded, wish)
        except (Malformed, Unavailable) as err:
            outcomes[number] = err
    return tuple(outcomes[number] for number in range(len(those)))


def _groups(
    those: Sequence[tuple[Asked, LoadedPolicy]], caches: Opened, outcomes: dict[int, Outcome]
) -> Sequence[Mapping[int, AuditRequest]]:
    """Return the requests by their place in `those`; what cannot be asked for is an outcome."""
    groups: dict[Settings, dict[int, AuditRequest]] = {}
    for number, (asked, loaded) in enumerate(those):
        try:
            configuration = configuration_of(asked)
        except (Malformed, Unavailable) as err:
            outcomes[number] = err
            continue
        request = caches.request(asked, loaded, configuration)
        groups.setdefault(_settings(configuration), {})[number] = request
    return tuple(groups.values())


def _settings(configuration: Configuration) -> Settings:
    """Return everything that chooses registries and tokens, wherever it is written."""
    layers = tuple(tuple(sorted(layer.values.items())) for layer in configuration.layers)
    return configuration.registry, tuple(layer for layer in layers if layer)
