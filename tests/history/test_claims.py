"""What a packument's row says of each axis."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from imprint.history.axes import Approval, Auth, Carries, Origin, Signature, Source
from imprint.history.claims import claimed_axes
from tests.support.publications import ALL, NONE, publication, trusted


def test_a_trusted_publisher_with_provenance_is_told_as_the_registry_says():
    axes = claimed_axes(trusted("1.0.0"), ALL)

    assert (axes.auth, axes.auth_source) == (Auth.OIDC, Source.REGISTRY)
    assert (axes.origin, axes.origin_source) == (Origin.PRESENT, Source.REGISTRY)
    assert (axes.approval, axes.signature) == (Approval.NONE, Signature.PRESENT)


def test_a_user_without_a_trusted_publisher_is_a_token():
    assert claimed_axes(publication("1.0.0"), ALL).auth is Auth.TOKEN


def test_a_staged_version_hides_its_credential():
    axes = claimed_axes(publication("1.0.0", approver="alice"), ALL)

    assert (axes.auth, axes.auth_source) == (Auth.UNKNOWN, Source.UNKNOWN)
    assert axes.approval is Approval.STAGED


def test_a_staged_version_that_names_its_trusted_publisher_hides_nothing():
    axes = claimed_axes(trusted("1.0.0", approver="alice"), ALL)

    assert (axes.auth, axes.approval) == (Auth.OIDC, Approval.STAGED)


def test_a_version_that_names_nobody_is_unknown_though_others_name_somebody():
    axes = claimed_axes(publication("1.0.0", user=None, email=None), ALL)

    assert (axes.auth, axes.approval) == (Auth.UNKNOWN, Approval.UNKNOWN)


@pytest.mark.parametrize(
    ("credential", "auth"),
    [("token", Auth.TOKEN), ("human-2fa", Auth.HUMAN_2FA), ("something", Auth.UNKNOWN)],
)
def test_a_registry_that_knows_the_credential_is_believed(credential, auth):
    row = publication("1.0.0", user=None, email=None, credential=credential)

    assert claimed_axes(row, NONE).auth is auth


def test_what_a_publisher_could_write_into_dist_makes_no_trusted_publisher():
    row = publication("1.0.0", credential="trusted-publisher")

    assert claimed_axes(row, ALL).auth is Auth.TOKEN


def test_attestations_without_provenance_are_no_provenance():
    row = publication("1.0.0", has_attestations=True, provenance_type=None)

    assert claimed_axes(row, ALL).origin is Origin.ABSENT


@given(
    st.sampled_from([publication("1.0.0"), publication("1.0.0", user=None, email=None)]),
    st.builds(Carries, **dict.fromkeys(Carries.__struct_fields__, st.booleans())),
)
def test_what_a_registry_strips_is_unknown_and_never_absent(row, carries):
    axes = claimed_axes(replace_signatures(row), carries)

    assert (axes.origin is Origin.UNKNOWN) is not carries.attestations
    assert (axes.signature is Signature.UNKNOWN) is not carries.signatures
    assert carries.trusted_publishers or axes.auth is Auth.UNKNOWN
    assert carries.approvers or axes.approval is Approval.UNKNOWN


def test_a_source_is_unknown_exactly_where_its_axis_is():
    axes = claimed_axes(publication("1.0.0"), replace(ALL, approvers=False, attestations=False))

    assert axes.auth_source is axes.signature_source is Source.REGISTRY
    assert axes.approval_source is axes.origin_source is Source.UNKNOWN


def replace_signatures(row):
    return publication(row.version, user=row.user, email=row.email, signatures=())
