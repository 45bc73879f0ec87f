"""Fuzz entry: expressions, alone, as conditions and in texts."""

from imprint.refusals import Malformed
from imprint.workflows.github.expressions.evaluation import evaluate, render, truth
from imprint.workflows.github.expressions.model import UNKNOWN
from imprint.workflows.github.expressions.parsing import parse_expression
from imprint.workflows.github.expressions.references import references
from imprint.workflows.github.expressions.templates import condition_of, holes_of, template_of


def one_input(data: bytes) -> None:
    """Any text is an expression or Malformed, and whatever it is can be evaluated."""
    text = data.decode("utf-8", "replace")
    expression, code = None, "expression-syntax"
    try:
        expression = parse_expression(text)
    except Malformed as err:
        code = err.code
    assert code == "expression-syntax"
    if expression is not None:
        list(references(expression))
        value = evaluate(expression, lambda path: UNKNOWN if len(path) > 2 else path[-1])
        assert value is UNKNOWN or truth(expression, lambda path: path[-1]) is not UNKNOWN
    truth(condition_of(text), lambda _: UNKNOWN)
    render(template_of(text), lambda path: path[-1])
    assert all(text.startswith("${{", hole.start) for hole in holes_of(text))
