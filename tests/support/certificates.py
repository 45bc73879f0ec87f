"""Certificates of runs as they are read, with what an authority writes of the same run's token."""

from collections.abc import Mapping

from imprint.attestations.domains import AllowedIssuer
from imprint.attestations.proof import Certificate
from imprint.identity.workload import Provider
from tests.authority.identities import identity_of
from tests.support.claims import (
    CIRCLECI_ISSUER,
    GENERIC_ISSUER,
    GITHUB_ISSUER,
    GITLAB_ISSUER,
    NOW,
    github_claims,
)

ISSUERS = (
    AllowedIssuer(url=GITHUB_ISSUER, provider=Provider.GITHUB, organizations=True),
    AllowedIssuer(url=GITLAB_ISSUER, provider=Provider.GITLAB),
    AllowedIssuer(url=CIRCLECI_ISSUER, provider=Provider.CIRCLECI),
    AllowedIssuer(url=GENERIC_ISSUER, provider=Provider.GENERIC),
)


def github_extensions(claims: Mapping[str, object]) -> dict[int, str]:
    """What a GitHub token's certificate says, empty claims left out."""
    return _extensions(claims, Provider.GITHUB)


def gitlab_extensions(claims: Mapping[str, object]) -> dict[int, str]:
    """What a GitLab token's certificate says."""
    return _extensions(claims, Provider.GITLAB)


def circleci_extensions(claims: Mapping[str, object]) -> dict[int, str]:
    """What a CircleCI token's certificate says."""
    return _extensions(claims, Provider.CIRCLECI)


def _extensions(claims: Mapping[str, object], provider: Provider) -> dict[int, str]:
    known = {name: value for name, value in claims.items() if value is not None}
    return dict(identity_of(known, provider).extensions)


def legacy(extensions: Mapping[int, str]) -> dict[int, str]:
    """Keep the first six: what certificates said before 2023-04."""
    return {number: text for number, text in extensions.items() if number <= 6}


def certificate(
    extensions: Mapping[int, str] | None = None,
    *,
    issuer: str | None = None,
    subject: str | None = None,
) -> Certificate:
    """A GitHub run's certificate, unless told otherwise."""
    said = github_extensions(github_claims()) if extensions is None else extensions
    return Certificate(
        issuer=said.get(8, said.get(1, "")) if issuer is None else issuer,
        subject=said.get(9, "dev@example.test") if subject is None else subject,
        extensions=said,
        not_before=NOW,
        not_after=NOW + 600,
        sha256="c0" * 32,
    )
