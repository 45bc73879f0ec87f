"""From which sources and runners provenance is taken, and what package.json may call its source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.attestations.repositories import normalise_address
from imprint.identity.workload import Missing, Provider, Runner, Visibility
from imprint.publishers.comparisons import known
from imprint.refusals import Refusal, quoted
from imprint.registry.attesting.refusing import refusing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imprint.identity.workload import Workload
    from imprint.npm.strict_json import Json
    from imprint.registry.policies import AttestationPolicy

_PROVIDERS = {
    Provider.GITHUB: "GitHub Actions",
    Provider.GITLAB: "GitLab CI",
    Provider.CIRCLECI: "CircleCI",
    Provider.GENERIC: "CI",
}


def judge_source(workload: Workload, policy: AttestationPolicy) -> Refusal | None:
    """Return why this registry takes no provenance of such a source or runner, or None.

    What the certificate does not say is asked for only where some kind is refused. The first words
    are those of the public registry.
    """
    provider = _PROVIDERS[workload.provider]
    if policy.visibilities != frozenset(Visibility):
        visibility = workload.visibility
        if isinstance(visibility, Missing) or visibility not in policy.visibilities:
            taken = " or ".join(f"`{one.value}`" for one in sorted(policy.visibilities))
            return refusing(
                Refusal(
                    code="provenance-visibility",
                    message=f"Unsupported {provider} source repository visibility:"
                    f' "{known(visibility) or "unknown"}", expected {taken or "none"}',
                    hint="the setting `provenance_visibilities` names those that are taken",
                )
            )
    if workload.runner is Runner.SELF_HOSTED and not policy.self_hosted:
        return refusing(
            Refusal(
                code="provenance-runner",
                message=f'Unsupported {provider} runner environment: "self-hosted",'
                " expected a runner of the provider",
                hint="an administrator may allow it: the setting `provenance_self_hosted`",
            )
        )
    return None


def judge_repository(
    package_json: Json, *, address: str, name: str, labels: Iterable[str]
) -> Refusal | None:
    """Return why package.json does not name the source that the provenance proves, or None.

    `package_json` is its `repository`; `address` and `name` are the source's by the certificate.
    `labels` are other names that the very same repository, by its ids, has carried: who moved it
    need not change every package.json on that day.
    """
    written = _written(package_json)
    stated = normalise_address(written)
    root = address.removesuffix(name)
    expected = [address]
    if root != address:
        expected += [root + label for label in sorted(labels)]
    if stated is not None and any(stated == normalise_address(one) for one in expected):
        return None
    return refusing(
        Refusal(
            code="provenance-repository",
            message='Failed to validate repository information: package.json: "repository.url" is'
            f" {quoted(written)}, expected to match {quoted(address)} from provenance",
            hint="set `repository` in package.json to the repository that publishes",
        )
    )


def _written(value: Json) -> str:
    if isinstance(value, dict):
        value = value.get("url")
    return value if isinstance(value, str) else ""
