"""What a policy says of one version."""

import pytest

from imprint.history.axes import Approval, Auth, Origin, Signature
from imprint.history.events import EventId, EventSeverity
from imprint.npm.advisories.model import AdvisorySeverity
from imprint.policy.decisions import Admitted, Level, Refused, Undecided
from imprint.policy.subjects import Lacking
from imprint.reachability.exposure import Exposure
from tests.support.policies import (
    DAY,
    INTEGRITY,
    NOW,
    advisory,
    axes,
    codes,
    decided,
    event,
    identity,
)

ACCEPTED = """
[[accept]]
rule = "auth.regressed"
packages = ["widget@1.x"]
reason = "by hand, once"
until = 2027-02-01
by = "alice"
"""


def test_a_version_as_usual_is_admitted_for_good():
    assert decided() == Admitted()


def test_an_error_refuses_and_a_warning_warns():
    refused = decided(events=(event(),))
    warned = decided(events=(event(severity=EventSeverity.WARN),))

    assert codes(refused) == ["auth-regressed"]
    assert [reason.level for reason in warned.warnings] == [Level.WARN]


def test_information_is_told_by_no_rule():
    assert decided(events=(event(severity=EventSeverity.INFO),)) == Admitted()


def test_a_reason_tells_what_would_release_it():
    (reason,) = decided(events=(event(),)).reasons

    assert reason.release == "a tag at the commit"
    assert (reason.before, reason.after) == ("oidc", "token")
    assert reason.fingerprint == "0123456789ab"


@pytest.mark.parametrize(
    ("rule", "severity", "expected"),
    [
        ("'off'", EventSeverity.ERROR, Admitted),
        ("'warn'", EventSeverity.ERROR, Admitted),
        ("'block'", EventSeverity.WARN, Refused),
        ("'block'", EventSeverity.INFO, Admitted),
        ("{ level = 'block', from = 'info' }", EventSeverity.INFO, Refused),
        ("'by-severity'", EventSeverity.ERROR, Refused),
    ],
)
def test_a_rule_has_the_level_that_the_file_says(rule, severity, expected):
    text = f"[rules]\nauth.regressed = {rule}"

    assert isinstance(decided(text, events=(event(severity=severity),)), expected)


@pytest.mark.parametrize(
    "id_",
    [
        EventId.SIGNATURE_INVALID,
        EventId.INTEGRITY_MISMATCH,
        EventId.ATTESTATION_INVALID,
        EventId.ATTESTATION_SUBJECT_MISMATCH,
    ],
)
def test_what_is_broken_blocks_in_every_preset_known_or_not(id_):
    broken = event(id_, EventSeverity.INFO)

    decision = decided(
        "preset = 'observe'\nscope = { dev = 'none' }",
        events=(broken,),
        is_dev=True,
        baseline=frozenset({broken.fingerprint}),
    )

    assert codes(decision) == [str(id_)]


def test_broken_axes_refuse_though_no_event_says_so():
    assert codes(decided(axes=axes(signature=Signature.INVALID))) == ["signature-invalid"]
    assert codes(decided(axes=axes(origin=Origin.INVALID))) == ["attestation-invalid"]


def test_a_vouched_digest_passes_until_its_day():
    text = f"""
[[quarantine]]
integrity = "{INTEGRITY}"
vouch = true
reason = "rebuilt here, byte for byte"
until = 2027-02-01
"""
    broken = (event(EventId.SIGNATURE_INVALID),)

    assert isinstance(decided(text, events=broken), Admitted)
    assert decided(text, events=broken).accepted[0].why.startswith("rebuilt here")
    assert isinstance(decided(text, events=broken, now=NOW + 20 * DAY), Refused)
    other = "sha512-" + "B" * 85 + "A=="
    for elsewhere in (other, f"{other} {INTEGRITY}", "what nobody reads", f"{INTEGRITY}?x"):
        assert isinstance(decided(text, events=broken, integrity=elsewhere), Refused)


def test_a_quarantined_digest_is_refused_whatever_it_proves():
    text = f"[[quarantine]]\nintegrity = '{INTEGRITY}'\nrefuse = true\nreason = 'a worm'"

    assert codes(decided(text)) == ["quarantined"]
    assert decided(text, integrity=None) == Admitted()


@pytest.mark.parametrize(
    "spelling",
    ["{}?option", "blake3-x {}", "{}\t", "sha1-x\n{}", "{} sha512-A", "{}  " + "x" * 3000],
)
def test_a_quarantined_digest_is_refused_however_its_packument_spells_it(spelling):
    text = f"[[quarantine]]\nintegrity = '{INTEGRITY}'\nrefuse = true\nreason = 'a worm'"

    assert codes(decided(text, integrity=spelling.format(INTEGRITY))) == ["quarantined"]


def test_reasons_are_sorted_the_worst_first():
    decision = decided(
        events=(
            event(EventId.AUTH_REGRESSED, fingerprint="a"),
            event(EventId.SIGNATURE_INVALID, fingerprint="b"),
            event(EventId.PUBLISHER_REPO_CHANGED, fingerprint="c"),
        ),
        published=NOW - 60,
        advisories=(advisory(is_malware=True, id="MAL-1"),),
    )

    assert codes(decision) == [
        "malware",
        "signature-invalid",
        "publisher-repo-changed",
        "auth-regressed",
        "release-too-young",
    ]


class TestCooldown:
    def test_a_young_release_is_held_until_its_time(self):
        decision = decided(published=NOW - 3 * 3600)

        (reason,) = decision.reasons
        assert reason.code == "release-too-young"
        assert reason.until == NOW + 21 * 3600
        assert reason.release == "waiting until 2027-01-16 05:00 UTC"
        assert decision.next_change == reason.until
        assert decided(published=NOW - 3 * 3600, now=reason.until) == Admitted()

    def test_a_fix_of_an_advisory_need_not_wait(self):
        assert decided(published=NOW - 60, fixes_advisory_of="GHSA-x") == Admitted()

    def test_names_of_our_own_need_not_wait(self):
        text = "[[scope]]\nnames = ['widget']\nown = true"

        assert decided(text, published=NOW - 60) == Admitted()

    def test_no_cooldown_holds_nothing(self):
        assert decided("cooldown = '0'", published=NOW) == Admitted()

    def test_an_unknown_age_is_told(self):
        lacking = (Lacking(axis="time", why="the registry does not say"),)

        assert codes_of_warnings(decided(published=None, lacking=lacking)) == ["unknown-evidence"]
        assert isinstance(decided("unknown = 'block'", published=None, lacking=lacking), Undecided)

    def test_a_mirror_that_strips_times_is_no_way_round_it(self):
        lacking = (Lacking(axis="time", why="it tells no times", is_of_registry=True),)

        assert isinstance(decided(published=None, lacking=lacking), Undecided)
        assert decided("cooldown = '0'", published=None, lacking=lacking) == Admitted()
        allowed = decided("unknown = { time = 'allow' }", published=None, lacking=lacking)
        assert allowed == Admitted()

    def test_a_baseline_knows_no_age(self):
        (reason,) = decided(published=NOW - 60).reasons

        again = decided(published=NOW - 60, baseline=frozenset({reason.fingerprint}))

        assert isinstance(again, Refused)


def codes_of_warnings(decision):
    return [reason.code for reason in decision.warnings]


class TestRequire:
    TEXT = "[[require]]\npackages = ['widget@>=1']\nminimum = 'L5'"

    def test_less_than_the_minimum_is_refused(self):
        decision = decided(self.TEXT, axes=axes(auth=Auth.TOKEN, origin=Origin.ABSENT))

        assert codes(decision) == ["below-minimum"]
        assert "imprint.toml:1" in decision.reasons[0].message

    def test_enough_is_admitted(self):
        assert decided(self.TEXT) == Admitted()

    def test_what_could_yet_be_enough_is_undecided(self):
        decision = decided(self.TEXT, axes=axes(origin=Origin.UNKNOWN))

        assert isinstance(decision, Undecided)
        assert codes(decision) == ["unknown-evidence"]

    def test_what_could_never_be_enough_is_refused(self):
        proven = axes(auth=Auth.TOKEN, origin=Origin.ABSENT, approval=Approval.UNKNOWN)

        assert isinstance(decided(self.TEXT, axes=proven), Refused)

    def test_a_staged_publication_hides_its_credential_and_is_enough_at_l6(self):
        proven = axes(auth=Auth.UNKNOWN, approval=Approval.STAGED)

        assert decided(self.TEXT, axes=proven) == Admitted()

    def test_what_is_allowed_to_be_unknown_is_told_all_the_same(self):
        decision = decided(f"unknown = 'allow'\n{self.TEXT}", axes=axes(origin=Origin.UNKNOWN))
        # Approval is of no registry's packuments, and not allowed by the one word.

        assert isinstance(decision, Admitted)
        assert codes_of_warnings(decision) == ["unknown-evidence"]

    def test_other_packages_are_not_asked(self):
        proven = axes(auth=Auth.TOKEN, origin=Origin.ABSENT)

        assert decided(self.TEXT, name="gadget", axes=proven) == Admitted()
        assert decided(self.TEXT, version="0.9.0", axes=proven) == Admitted()

    def test_a_prerelease_does_not_slip_through_a_range(self):
        proven = axes(auth=Auth.TOKEN, origin=Origin.ABSENT)

        assert isinstance(decided(self.TEXT, version="2.0.0-alpha.1", axes=proven), Refused)

    def test_reach_limits_it_to_what_is_exposed_so(self):
        text = f"{self.TEXT}\nwhen = {{ reach = ['build'] }}"
        proven = axes(auth=Auth.TOKEN, origin=Origin.ABSENT)

        assert isinstance(decided(text, axes=proven, exposure=Exposure.BUILD), Refused)
        assert isinstance(decided(text, axes=proven, exposure=None), Refused)
        assert decided(text, axes=proven, exposure=Exposure.RUNTIME_CLOSURE) == Admitted()

    def test_before_its_day_it_warns(self):
        text = f"{self.TEXT}\nenforce-from = 2027-02-01"
        proven = axes(auth=Auth.TOKEN, origin=Origin.ABSENT)

        before = decided(text, axes=proven)

        assert codes_of_warnings(before) == ["below-minimum"]
        assert before.next_change is not None
        assert isinstance(decided(text, axes=proven, now=before.next_change), Refused)

    def test_a_dependency_from_no_registry_proves_nothing(self):
        assert codes(decided(self.TEXT, is_from_registry=False)) == ["below-minimum"]

    def test_a_vendor_asks_for_its_packages(self):
        text = (
            "[[vendor]]\nname = 'Acme'\npackages = ['widget']\nminimum = 'L7'\n"
            "contact = 'security@acme.example.test'"
        )

        (reason,) = decided(text).reasons

        assert "vendor Acme" in reason.message
        assert reason.hint == "write to security@acme.example.test"


class TestIdentity:
    @pytest.mark.parametrize(
        ("pin", "changes"),
        [
            ("repository = 'acme/widget'", {"repository": "evil/widget"}),
            ("repository-id = 1234", {"repository_id": "9"}),
            ("owner-id = '56'", {"owner_id": "9"}),
            ("workflow = 'release.yml'", {"workflow": ".github/workflows/test.yml"}),
            ("workflow = 'release.yml'", {"workflow": "elsewhere/release.yml"}),
            ("ref = 'refs/tags/v*'", {"ref": "refs/heads/v1"}),
            ("issuer = 'https://issuer.example.test'", {"issuer": "https://other.example.test"}),
        ],
    )
    def test_another_publisher_than_the_pinned_one_is_refused(self, pin, changes):
        text = f"[[require]]\npackages = ['*']\nidentity = {{ {pin} }}"

        assert decided(text) == Admitted()
        assert codes(decided(text, identity=identity(**changes))) == ["identity-not-pinned"]

    def test_a_renamed_repository_is_the_same_by_its_id(self):
        text = (
            "[[require]]\npackages = ['*']\n"
            "identity = { repository = 'acme/widget', repository-id = 1234 }"
        )

        assert decided(text, identity=identity(repository="acme/gadget")) == Admitted()

    def test_what_proves_no_publisher_is_refused_and_what_was_not_seen_undecided(self):
        text = "[[require]]\npackages = ['*']\nidentity = { repository = 'acme/widget' }"

        absent = decided(text, identity=None, axes=axes(origin=Origin.ABSENT))
        unseen = decided(text, identity=None, axes=axes(origin=Origin.PRESENT))

        assert codes(absent) == ["identity-not-pinned"]
        assert isinstance(unseen, Undecided)


class TestAcceptances:
    def test_what_is_accepted_is_admitted_and_told(self):
        decision = decided(ACCEPTED, events=(event(),))

        assert isinstance(decision, Admitted)
        (accepted,) = decision.accepted
        assert (accepted.why, accepted.by) == ("by hand, once (imprint.toml:2)", "alice")

    def test_the_last_day_counts_whole_and_then_the_finding_is_back(self):
        end = decided(ACCEPTED, events=(event(),)).next_change

        assert isinstance(decided(ACCEPTED, events=(event(),), now=end - 1), Admitted)
        back = decided(ACCEPTED, events=(event(),), now=end)
        assert codes(back) == ["auth-regressed"]
        assert back.reasons[0].hint == "its acceptance by alice at imprint.toml:2 is over"

    def test_other_versions_and_rules_are_not_accepted(self):
        other = event(EventId.ORIGIN_DROPPED)

        assert isinstance(decided(ACCEPTED, events=(event(),), version="2.0.0"), Refused)
        assert isinstance(decided(ACCEPTED, events=(other,)), Refused)

    def test_one_change_of_identity_does_not_blind_the_next(self):
        text = (
            "[[accept]]\nrule = 'publisher.repo-changed'\npackages = ['widget']\n"
            "reason = 'moved'\nuntil = 2027-02-01\nfrom = 'a'\nto = 'b'"
        )
        first = event(EventId.PUBLISHER_REPO_CHANGED, before="a", after="b")
        second = event(EventId.PUBLISHER_REPO_CHANGED, before="b", after="c")

        assert isinstance(decided(text, events=(first,)), Admitted)
        assert isinstance(decided(text, events=(second,)), Refused)

    def test_an_acceptance_without_its_identity_accepts_no_change_of_one(self):
        text = (
            "[[accept]]\nrule = 'publisher.repo-changed'\npackages = ['widget']\n"
            "reason = 'moved'\nuntil = 2027-02-01"
        )
        change = event(EventId.PUBLISHER_REPO_CHANGED, before="a", after="b")

        assert isinstance(decided(text, events=(change,)), Refused)

    def test_one_that_ends_too_far_ahead_does_not_count_yet(self):
        text = ACCEPTED.replace("2027-02-01", "2027-12-01")

        refused = decided(text, events=(event(),))

        assert "accept-cap" in refused.reasons[0].hint
        assert isinstance(decided(text, events=(event(),), now=refused.next_change), Admitted)
        longer = f"accept-cap = '365d'\n{text}"
        assert isinstance(decided(longer, events=(event(),)), Admitted)

    def test_unknown_evidence_can_be_accepted(self):
        text = ACCEPTED.replace("auth.regressed", "unknown-evidence")
        blind = axes(auth=Auth.UNKNOWN, origin=Origin.UNKNOWN)

        assert isinstance(decided(text, axes=blind), Admitted)


class TestBaseline:
    def test_what_was_known_is_told_and_refuses_nothing(self):
        decision = decided(events=(event(),), baseline=frozenset({"0123456789ab"}))

        assert isinstance(decision, Admitted)
        assert [reason.code for reason in decision.known] == ["auth-regressed"]

    def test_malware_and_what_nobody_saw_are_never_known(self):
        blind = axes(auth=Auth.UNKNOWN, origin=Origin.UNKNOWN)
        malware = (advisory(is_malware=True),)
        seen = frozenset(
            reason.fingerprint
            for decision in (decided(axes=blind), decided(advisories=malware))
            for reason in decision.reasons
        )

        assert isinstance(decided(axes=blind, baseline=seen), Undecided)
        assert isinstance(decided(advisories=malware, baseline=seen), Refused)


class TestUnknown:
    BLIND = axes(auth=Auth.UNKNOWN, origin=Origin.UNKNOWN)

    def test_where_no_downgrade_could_be_seen_nothing_is_decided(self):
        assert isinstance(decided(axes=self.BLIND), Undecided)

    def test_it_is_decided_where_the_policy_allows_it_or_does_not_ask(self):
        assert decided("unknown = 'allow'", axes=self.BLIND) == Admitted()
        assert decided("preset = 'observe'", axes=self.BLIND) == Admitted()
        assert decided("[[scope]]\nnames = ['*']\nown = true", axes=self.BLIND) == Admitted()

    def test_one_axis_is_enough_to_see_a_downgrade(self):
        assert decided(axes=axes(auth=Auth.UNKNOWN)) == Admitted()
        assert decided(axes=axes(origin=Origin.UNKNOWN)) == Admitted()

    def test_what_a_registry_has_for_no_version_is_not_told_for_each(self):
        lacking = (Lacking(axis="signature", why="no keys", is_of_registry=True),)

        assert decided(lacking=lacking) == Admitted()
        assert isinstance(decided("unknown = 'block'", lacking=lacking), Undecided)

    def test_a_packument_that_could_not_be_had_is_undecided(self):
        lacking = (Lacking(axis="packument", why="the registry answers 503"),)

        decision = decided(lacking=lacking, axes=self.BLIND)

        assert isinstance(decision, Undecided)
        assert "503" in decision.reasons[0].message

    def test_a_refusal_is_sure_though_something_is_lacking(self):
        decision = decided(axes=self.BLIND, events=(event(),))

        assert isinstance(decision, Refused)
        assert codes(decision) == ["auth-regressed", "unknown-evidence"]


class TestScope:
    def test_inert_tools_only_warn_and_those_that_run_are_judged(self):
        events = (event(),)

        inert = decided(events=events, is_dev=True, exposure=Exposure.DEV_ONLY_INERT)
        runs = decided(events=events, is_dev=True, exposure=Exposure.BUILD)
        unseen = decided(events=events, is_dev=True)

        assert codes_of_warnings(inert) == ["auth-regressed"]
        assert isinstance(runs, Refused)
        assert isinstance(unseen, Refused)

    def test_all_of_development_is_judged_or_none(self):
        changes = {"events": (event(),), "is_dev": True, "exposure": Exposure.DEV_ONLY_INERT}

        assert isinstance(decided("scope = { dev = 'all' }", **changes), Refused)
        changes["exposure"] = Exposure.BUILD
        assert isinstance(decided("scope = { dev = 'none' }", **changes), Admitted)

    def test_bundled_packages_have_their_parents_evidence_or_only_warn(self):
        changes = {"events": (event(),), "is_bundled": True}

        assert isinstance(decided(**changes), Refused)
        assert isinstance(decided("scope = { bundled = 'warn' }", **changes), Admitted)

    def test_a_name_of_a_scope_comes_from_its_registry_alone(self):
        text = "[[scope]]\nnames = ['@acme/*']\nregistry = 'https://registry.example.test'"

        assert decided(text, name="@acme/ui") == Admitted()
        elsewhere = decided(text, name="@acme/ui", registry="https://other.example.test/")
        assert codes(elsewhere) == ["scope-registry"]
        assert codes(decided(text, name="@acme/ui", is_from_registry=False)) == ["scope-registry"]


class TestAdvisories:
    @pytest.mark.parametrize(
        ("block", "severity", "expected"),
        [
            ("high", AdvisorySeverity.HIGH, Refused),
            ("high", AdvisorySeverity.CRITICAL, Refused),
            ("high", AdvisorySeverity.MODERATE, Admitted),
            ("high", AdvisorySeverity.UNKNOWN, Refused),
            ("none", AdvisorySeverity.CRITICAL, Admitted),
        ],
    )
    def test_flaws_block_from_a_severity_on(self, block, severity, expected):
        text = f"advisories = {{ block = '{block}' }}"

        decision = decided(text, advisories=(advisory(severity=severity),))

        assert isinstance(decision, expected)

    def test_malware_blocks_always(self):
        decision = decided("preset = 'observe'", advisories=(advisory(is_malware=True),))

        assert codes(decision) == ["malware"]

    @pytest.mark.parametrize("name", ["GHSA-aaaa-bbbb-cccc", "CVE-2026-1"])
    def test_one_is_allowed_by_any_of_its_ids_until_its_day(self, name):
        text = (
            "advisories.block = 'high'\n[[advisories.allow]]\n"
            f"id = '{name}'\nreason = 'not called'\nuntil = 2027-02-01"
        )

        allowed = decided(text, advisories=(advisory(),))

        assert isinstance(allowed, Admitted)
        assert allowed.accepted[0].why == "not called (imprint.toml:2)"
        assert isinstance(decided(text, advisories=(advisory(),), now=NOW + 20 * DAY), Refused)


class TestLicenses:
    def test_lists_are_asked_and_unknown_is_what_the_policy_says(self):
        text = "licenses = { allow = ['MIT'], unknown = 'block' }"

        assert decided(text) == Admitted()
        assert codes(decided(text, license="GPL-3.0-only")) == ["license-denied"]
        assert codes(decided(text, license=None)) == ["license-unknown"]

    def test_without_a_list_nobody_asks(self):
        assert decided(license=None) == Admitted()


class TestPresets:
    def test_strict_asks_everything_of_everything(self):
        staged = axes(auth=Auth.UNKNOWN, approval=Approval.STAGED)

        assert decided("preset = 'strict'") == Admitted()
        assert decided("preset = 'strict'", axes=staged) == Admitted()
        assert isinstance(decided("preset = 'strict'", axes=axes(auth=Auth.TOKEN)), Refused)
        assert isinstance(decided("preset = 'strict'", is_from_registry=False), Refused)

    def test_provenance_asks_for_what_can_be_verified(self):
        token = axes(auth=Auth.TOKEN)

        assert decided("preset = 'provenance'", axes=token) == Admitted()
        assert isinstance(
            decided("preset = 'provenance'", axes=axes(origin=Origin.ABSENT)), Refused
        )

    def test_trusted_publishing_asks_for_a_run_or_a_person(self):
        text = "preset = 'trusted-publishing'"
        bare = axes(origin=Origin.ABSENT)
        staged = axes(auth=Auth.UNKNOWN, approval=Approval.STAGED)

        assert decided(text, axes=bare) == Admitted()
        assert decided(text, axes=staged) == Admitted()
        assert isinstance(decided(text, axes=axes(auth=Auth.TOKEN)), Refused)
