import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.refusals import Malformed
from imprint.workflows.github.expressions.evaluation import evaluate, render, truth
from imprint.workflows.github.expressions.model import (
    UNKNOWN,
    Binary,
    Call,
    Context,
    Filter,
    Index,
    Literal,
    Not,
    Operator,
    Property,
    Unparsed,
)
from imprint.workflows.github.expressions.parsing import parse_expression
from imprint.workflows.github.expressions.references import (
    asks_for_status,
    calls,
    references,
)
from imprint.workflows.github.expressions.templates import (
    condition_of,
    holes_of,
    template_of,
)

GITHUB = Context(name="github")
VALUES = {
    ("github", "ref"): "refs/heads/main",
    ("github", "event_name"): "push",
    ("matrix",): {"node": "22", "os": ("ubuntu", "macos"), "Deep": {"er": 7.0}},
    ("github", "event", "labels"): ({"name": "bug"}, {"name": "release"}, {"id": 1.0}),
    ("success()",): True,
}


def values(path):
    return VALUES.get(path, UNKNOWN)


def value_of(text):
    return evaluate(parse_expression(text), values)


def test_and_binds_stronger_than_or():
    assert parse_expression("a || b && c") == Binary(
        operator=Operator.OR,
        left=Context(name="a"),
        right=Binary(operator=Operator.AND, left=Context(name="b"), right=Context(name="c")),
    )


def test_not_binds_stronger_than_a_comparison():
    assert parse_expression("!a == 1 < 2") == Binary(
        operator=Operator.EQUAL,
        left=Not(operand=Context(name="a")),
        right=Binary(operator=Operator.LESS, left=Literal(value=1.0), right=Literal(value=2.0)),
    )


def test_a_path_has_properties_indices_and_filters():
    assert parse_expression("GitHub.event['x'].labels.*.name[0][*]") == Filter(
        of=Index(
            of=Property(
                of=Filter(
                    of=Property(
                        of=Index(of=Property(of=GITHUB, name="event"), index=Literal(value="x")),
                        name="labels",
                    )
                ),
                name="name",
            ),
            index=Literal(value=0.0),
        )
    )


def test_a_call_may_be_asked_for_a_member():
    assert parse_expression("fromJSON(a, 'b').c") == Property(
        of=Call(function="fromjson", arguments=(Context(name="a"), Literal(value="b"))), name="c"
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("null", None),
        ("true", True),
        ("'it''s'", "it's"),
        ("''", ""),
        ("0xff", 255.0),
        ("0o17", 15.0),
        ("-1.5e3", -1500.0),
        (".5", 0.5),
        ("-Infinity", -math.inf),
    ],
)
def test_literals_are_read(text, value):
    assert parse_expression(text) == Literal(value=value)


def test_nan_is_a_number():
    assert repr(parse_expression("NaN")) == "Literal(value=nan)"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expression ends where it should not, expected a value"),
        ("a b", "expression has `b` where it should not, expected its end"),
        ('a != "master"', 'expression goes on with `"master"`'),
        ("''-''", "expression goes on with `-''`"),
        ("(a", "expression ends where it should not, expected `)`"),
        ("a.", "expression ends where it should not, expected a name behind the dot"),
        ("f(a b)", "expression has `b` where it should not, expected `,`"),
        ("a == ", "expression ends where it should not, expected a value"),
        ("1.2.3", "expression goes on with `1.2.3`"),
        ("(" * 60 + "a" + ")" * 60, "expression is deeper than 50"),
        ("a" + "[0]" * 60, "expression is deeper than 50"),
        ("a" + " == 1" * 60, "expression is deeper than 50"),
        ("a" * 21_001, "expression has 21001 characters, at most 21000 are taken"),
    ],
)
def test_what_is_no_expression_is_malformed(text, message):
    with pytest.raises(Malformed) as caught:
        parse_expression(text)

    assert (caught.value.code, caught.value.message) == ("expression-syntax", message)


def test_double_quotes_get_a_hint():
    with pytest.raises(Malformed) as caught:
        parse_expression('"a"')

    assert caught.value.hint == "texts stand in single quotes"


def test_a_long_row_of_operands_makes_no_deep_tree():
    row = " || ".join(f"github.actor == 'user-{number}'" for number in range(700))

    assert truth(parse_expression(row), lambda path: "user-699") is True
    assert len(list(references(parse_expression(row)))) == 700


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 == '1'", True),
        ("null == 0", True),
        ("null == ''", True),
        ("'' == 0", True),
        ("true == 'true'", False),
        ("true == 1", True),
        ("'ABC' == 'abc'", True),
        ("'b' > 'A'", True),
        ("NaN == NaN", False),
        ("NaN != NaN", True),
        ("'x' < 1", False),
        ("'0x10' == 16", True),
        ("!''", True),
        ("!'false'", False),
        ("'a' && 'b'", "b"),
        ("'' || 'b'", "b"),
        ("0 && 'b'", 0.0),
        ("matrix.node >= 20", True),
        ("matrix['NODE']", "22"),
        ("matrix.os[1]", "macos"),
        ("matrix.os[7]", None),
        ("matrix.nothing.at.all", None),
        ("matrix.deep.er", 7.0),
        ("contains('Hello', 'ELL')", True),
        ("contains(fromJSON('[\"a\", 1]'), '1')", True),
        ("contains(github.event.labels.*.name, 'Release')", True),
        ("join(github.event.labels.*.name, '+')", "bug+release"),
        ("join(matrix.os)", "ubuntu,macos"),
        ("startsWith(github.ref, 'REFS/heads/')", True),
        ("endsWith(github.ref, 'main')", True),
        ("format('{0}-{1} {{0}}', 'a', 12)", "a-12 {0}"),
        ("toJSON(fromJSON('{\"a\": [1]}'))", '{\n  "a": [\n    1\n  ]\n}'),
        ('fromJSON(\'{"a": {"b": "c"}}\').a.b', "c"),
        ("case(github.ref == 'x', 1, github.event_name == 'push', 2, 3)", 2.0),
        ("always()", True),
        ("success()", True),
    ],
)
def test_what_the_files_decide_is_evaluated_as_the_platform_does(text, value):
    assert value_of(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "secrets.TOKEN",
        "github.actor == 'x'",
        "hashFiles('**/lock')",
        "failure()",
        "github.actor && 'b'",
        "fromJSON('{')",
        "format('{1}', 'a')",
        "unheardOf(1)",
        "matrix.os[github.actor]",
        "contains('a')",
        "case(github.actor, 1, 2)",
        "case(true, 1)",
    ],
)
def test_what_the_files_do_not_decide_is_unknown(text):
    assert value_of(text) is UNKNOWN


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("github.actor && false", False),
        ("false && github.actor", False),
        ("github.actor || true", True),
        ("!(github.actor && false)", True),
        ("github.actor && true", UNKNOWN),
        ("github.actor || false", UNKNOWN),
        ("github.event_name == 'push' && github.actor == 'a'", UNKNOWN),
        ("github.event_name == 'issues' && github.actor == 'a'", False),
        ("format('{0} x', github.actor)", True),
        ("format('{0}', github.actor)", UNKNOWN),
    ],
)
def test_truth_is_known_where_one_side_decides(text, known):
    assert truth(parse_expression(text), values) is known


@pytest.mark.parametrize(
    ("number", "text"),
    [(1.0, "1"), (0.1, "0.1"), (1e21, "1E+21"), (1.5e-7, "1.5E-07"), (-0.0, "0"), (22.14, "22.14")],
)
def test_numbers_become_texts_as_the_platform_prints_them(number, text):
    assert render((Literal(value=number),), values) == text


def test_a_template_is_rendered_where_all_of_it_is_known():
    assert render(template_of("node-${{ matrix.node }}-${{ null }}!"), values) == "node-22-!"
    assert render(template_of("node-${{ github.actor }}"), values) is UNKNOWN


def test_a_template_is_taken_apart():
    assert template_of("a ${{ github.ref }}${{ 'x}}y' }} b") == (
        "a ",
        Property(of=GITHUB, name="ref"),
        Literal(value="x}}y"),
        " b",
    )
    assert template_of("plain") == ("plain",)
    assert template_of("") == ()


def test_one_oddity_of_a_template_hides_nothing_else():
    assert template_of('${{ a != "b" }} ${{ github.ref }}') == (
        Unparsed(text=' a != "b" '),
        " ",
        Property(of=GITHUB, name="ref"),
    )
    assert template_of("${{ 'open }} ${{ github.ref }}") == (
        Unparsed(text=" 'open "),
        " ",
        Property(of=GITHUB, name="ref"),
    )
    assert template_of("x ${{ github.ref") == ("x ", Unparsed(text=" github.ref"))


def test_holes_know_their_place():
    text = "a ${{ b }} c ${{ d }}"

    assert [text[hole.start : hole.end] for hole in holes_of(text)] == ["${{ b }}", "${{ d }}"]


def test_a_condition_needs_no_braces():
    expected = parse_expression("github.ref == 'x'")

    assert condition_of("github.ref == 'x'") == expected
    assert condition_of("${{ github.ref == 'x' }}") == expected


def test_braces_around_a_part_of_a_condition_make_it_always_true():
    for text in ("${{ false }} && false", "!${{ true }}", "${{ false }}\n"):
        assert truth(condition_of(text), values) is True
    assert condition_of("a }} {") == Unparsed(text="a }} {")


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("github.event.issue.title", [("github", "event", "issue", "title")]),
        ("GitHub.Event['Pull_Request'].head", [("github", "event", "pull_request", "head")]),
        ("secrets.NPM_TOKEN", [("secrets", "NPM_TOKEN")]),
        ("github.event.commits[0].message", [("github", "event", "commits", "*", "message")]),
        ("github.event.commits.*.message", [("github", "event", "commits", "*", "message")]),
        ("env[inputs.name]", [("env", "*"), ("inputs", "name")]),
        ("fromJSON(needs.a.outputs.b).c", [("needs", "a", "outputs", "b")]),
        ("!a || f(b == c.d)", [("a",), ("b",), ("c", "d")]),
        ("'github.ref'", []),
    ],
)
def test_references_are_paths_into_contexts(text, paths):
    assert list(references(parse_expression(text))) == paths


def test_what_is_no_expression_still_refers_to_what_it_names():
    assert list(references(Unparsed(text='GitHub.event.Title + "x" steps.A.outputs.b'))) == [
        ("github", "event", "title"),
        ("steps", "A", "outputs", "b"),
    ]


def test_calls_are_found_at_any_depth():
    expression = parse_expression("!a[f(g())].b.* && (h() == 1)")

    assert [call.function for call in calls(expression)] == ["f", "g", "h"]


def test_a_condition_that_asks_for_no_status_waits_for_success():
    assert asks_for_status(condition_of("always() && github.ref"))
    assert asks_for_status(condition_of("!cancelled()"))
    assert not asks_for_status(condition_of("contains(github.ref, 'always()')"))


LEAVES = st.sampled_from(
    ["github.ref", "matrix.node", "'it''s'", "1.5", "null", "true", "matrix.os.*", "hashFiles('a')"]
)
EXPRESSIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(list(Operator)), inner).map(" ".join),
        inner.map("({})".format),
        inner.map("!({})".format),
        st.tuples(inner, inner).map(lambda two: f"format({two[0]}, {two[1]})"),
        st.tuples(inner, inner).map(lambda two: f"contains({two[0]}, {two[1]})"),
    ),
    max_leaves=8,
)


@given(text=EXPRESSIONS)
def test_truth_never_contradicts_the_value(text):
    expression = parse_expression(text)

    known = truth(expression, values)
    value = evaluate(expression, values)

    assert value is UNKNOWN or known is not UNKNOWN
    assert value is UNKNOWN or known is (evaluate(Not(operand=expression), values) is False)


@given(text=st.text("ab.[]()*!=<>&|'\", 01xeE${}", max_size=30) | st.text(max_size=30))
def test_no_text_raises_anything_but_malformed(text):
    template_of(f"${{{{ {text} }}}}")

    expression = condition_of(text)
    list(references(expression))
    evaluate(expression, values)


@given(parts=st.lists(st.text("a $}", max_size=5) | LEAVES.map("${{{{ {} }}}}".format), max_size=5))
def test_the_holes_of_a_text_follow_each_other(parts):
    text = "".join(parts)
    last = 0

    for hole in holes_of(text):
        assert last <= hole.start < hole.end <= len(text)
        assert text.startswith("${{", hole.start)
        last = hole.end
