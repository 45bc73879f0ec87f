"""A short run of the fuzz entry of provenance, from good inputs that are damaged."""

import json

from hypothesis import given
from hypothesis import strategies as st

from tests.authority.statements import PROVENANCE_V0_2, gitlab_predicate, statement
from tests.fuzz import fuzz_provenance
from tests.support.attested import PROVENANCE_STATEMENT, SHA512
from tests.support.certificates import gitlab_extensions
from tests.support.claims import gitlab_claims

GITLAB = statement(
    "@acme/rocket",
    "1.2.0",
    sha512=SHA512,
    predicate_type=PROVENANCE_V0_2,
    predicate=gitlab_predicate(gitlab_extensions(gitlab_claims(ref="main", ref_type="branch"))),
)
STATEMENTS = [json.loads(PROVENANCE_STATEMENT), json.loads(GITLAB)]
ADDRESSES = [b"git+ssh://git@forge.example.test/acme/rocket.git", b"github:acme/rocket#main"]

values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=4,
)


@st.composite
def changed_statements(draw):
    """A genuine statement with one member, at any depth, that is something else."""
    whole = json.loads(json.dumps(draw(st.sampled_from(STATEMENTS))))
    place = whole
    while True:
        name = draw(st.sampled_from(sorted(place)))
        if not isinstance(place[name], dict) or not place[name] or draw(st.booleans()):
            place[name] = draw(values)
            return json.dumps(whole).encode()
        place = place[name]


@given(data=changed_statements())
def test_a_changed_statement_agrees_or_lies(data):
    fuzz_provenance.one_input(data)


@given(data=st.binary() | st.sampled_from(ADDRESSES))
def test_any_text_is_an_address_or_none(data):
    fuzz_provenance.one_input(data)


def test_whole_inputs_pass():
    for whole in STATEMENTS:
        fuzz_provenance.one_input(json.dumps(whole).encode())
