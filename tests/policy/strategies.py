"""Hypothesis: subjects, and texts of policies that have every kind of table."""

from hypothesis import strategies as st

from imprint.history.axes import Approval, Auth, Origin, Signature
from imprint.history.events import EventId, EventSeverity
from imprint.npm.advisories.model import AdvisorySeverity
from imprint.policy.presets import AXES, PRESETS
from imprint.policy.subjects import Lacking
from imprint.reachability.exposure import Exposure
from tests.support.policies import (
    DAY,
    INTEGRITY,
    NOW,
    REGISTRY,
    advisory,
    axes,
    event,
    identity,
    subject,
)

_SOME_EVENTS = (
    EventId.AUTH_REGRESSED,
    EventId.ORIGIN_DROPPED,
    EventId.PUBLISHER_REPO_CHANGED,
    EventId.SIGNATURE_INVALID,
    EventId.MAINTAINER_ADDED,
    EventId.RELEASE_TOO_YOUNG,
)
_RULES = ("auth-regressed", "origin.dropped", "publisher-repo-changed", "below-minimum")

axes_of = st.builds(
    axes,
    auth=st.sampled_from(Auth),
    approval=st.sampled_from(Approval),
    origin=st.sampled_from(Origin),
    signature=st.sampled_from(Signature),
)
events = st.lists(
    st.builds(
        event,
        st.sampled_from(_SOME_EVENTS),
        st.sampled_from(EventSeverity),
        before=st.sampled_from(("a", "b", None)),
        after=st.sampled_from(("b", "c", None)),
        fingerprint=st.sampled_from(("", "0123456789ab", "ba9876543210")),
    ),
    max_size=3,
).map(tuple)
advisories = st.lists(
    st.builds(
        advisory,
        severity=st.sampled_from(AdvisorySeverity),
        is_malware=st.booleans(),
    ),
    max_size=1,
).map(tuple)
subjects = st.builds(
    subject,
    name=st.sampled_from(("widget", "@acme/ui")),
    version=st.sampled_from(("1.2.3", "2.0.0-beta.1", "odd")),
    integrity=st.sampled_from((INTEGRITY, None)),
    registry=st.sampled_from((REGISTRY, "https://other.example.test/")),
    axes=axes_of,
    identity=st.sampled_from((None, identity(), identity(repository_id="9"))),
    published=st.sampled_from((None, NOW - 100 * DAY, NOW - 3600, NOW - 2 * DAY, NOW + 60)),
    events=events,
    exposure=st.sampled_from((None, *Exposure)),
    is_dev=st.booleans(),
    is_bundled=st.booleans(),
    is_from_registry=st.booleans(),
    advisories=advisories,
    fixes_advisory_of=st.sampled_from((None, "GHSA-old")),
    license=st.sampled_from(("MIT", "GPL-3.0-only", None, "SEE LICENSE IN x")),
    lacking=st.lists(
        st.builds(
            Lacking,
            axis=st.sampled_from(AXES),
            why=st.just("it was not there"),
            is_of_registry=st.booleans(),
        ),
        max_size=2,
    ).map(tuple),
)

_levels = st.sampled_from(("'off'", "'warn'", "'by-severity'", "'block'")) | st.builds(
    "{{ level = '{}', from = '{}' }}".format,
    st.sampled_from(("off", "warn", "by-severity", "block")),
    st.sampled_from(("info", "warn", "error")),
)
_weights = st.sampled_from(("allow", "warn", "block"))
_days = st.sampled_from(("2027-01-14", "2027-01-20", "2027-02-20", "2027-06-01"))
_packages = st.sampled_from(("'*'", "'widget'", "'@acme/*'", "'widget@1.x'", "'widget@>=2'"))

# What stands before the first table.
_keys = st.fixed_dictionaries(
    {},
    optional={
        "preset": st.sampled_from([f"'{name}'" for name in PRESETS]),
        "mode": st.sampled_from(("'observe'", "'warn'", "'enforce'")),
        "enforce-from": _days,
        "fresh": st.sampled_from(("'7d'", "'30d'")),
        "cooldown": st.sampled_from(("'0'", "'24h'", "'3d'")),
        "unknown": _weights.map("'{}'".format)
        | st.builds("{{ auth = '{}', default = '{}' }}".format, _weights, _weights)
        | st.builds("{{ packument = '{}' }}".format, _weights),
        "accept-cap": st.sampled_from(("'30d'", "'365d'")),
        "may-accept": st.lists(
            st.sampled_from((*_RULES, "advisory", "release-too-young", "unknown-evidence")),
            max_size=3,
        ).map(str),
        "advisories": st.sampled_from(
            ("{ block = 'none' }", "{ block = 'high' }", "{ block = 'low' }")
        ),
        "licenses": st.builds(
            "{{ allow = {}, deny = {}, unknown = '{}' }}".format,
            st.sampled_from(("[]", "['MIT']", "['GPL-3.0-only', 'MIT']")),
            st.sampled_from(("[]", "['GPL-3.0-only']")),
            _weights,
        ),
        "rules": st.dictionaries(st.sampled_from(_RULES), _levels, max_size=2).map(
            lambda rules: (
                "{ " + ", ".join(f"{name} = {level}" for name, level in rules.items()) + " }"
            )
        ),
    },
)
_tables = st.lists(
    st.builds(
        "[[require]]\npackages = [{}]\n{}\nlevel = '{}'\n".format,
        _packages,
        st.sampled_from(
            (
                "minimum = 'L5'",
                "minimum = 'L1'",
                "auth = 'oidc'",
                "origin = 'verified'",
                "identity = { repository-id = 1234 }",
                "signature = 'valid'\nwhen = { reach = ['build'] }",
                "approval = 'staged-2fa'\nenforce-from = 2027-02-01",
            )
        ),
        st.sampled_from(("warn", "block")),
    )
    | st.builds(
        "[[accept]]\nrule = '{}'\npackages = [{}]\nreason = 'so'\nuntil = {}\n{}".format,
        st.sampled_from((*_RULES, "unknown-evidence", "release-too-young")),
        _packages,
        _days,
        st.sampled_from(("", "to = 'b'\n", "from = 'a'\nto = 'b'\n")),
    )
    | st.builds(
        "[[scope]]\nnames = [{}]\n{}\n".format,
        _packages,
        st.sampled_from((f"registry = '{REGISTRY}'", "own = true")),
    )
    | st.builds("[[scope]]\ndev = '{}'\n".format, st.sampled_from(("all", "build-only", "none")))
    | st.builds(
        f"[[quarantine]]\nintegrity = '{INTEGRITY}'\nreason = 'so'\n{{}}\n".format,
        st.sampled_from(("refuse = true", "vouch = true\nuntil = 2027-02-01")),
    )
    | st.builds(
        "[[vendor]]\nname = 'Acme'\npackages = [{}]\nminimum = 'L6'\nenforce-from = {}\n".format,
        _packages,
        _days,
    ),
    max_size=3,
)
texts = st.builds(
    lambda keys, tables: "\n".join([f"{key} = {value}" for key, value in keys.items()] + tables),
    _keys,
    _tables,
)
