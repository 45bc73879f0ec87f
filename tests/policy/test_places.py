"""Where the keys of a TOML text stand."""

import tomllib

from hypothesis import given

from imprint.policy.places import places_of
from tests.policy.strategies import texts

TEXT = '''\
# a comment with [a.table] in it
a = 1
b.c = "x # y"
list = [
  "[not.a.table]", # comment ]
  { d = 1 },
]
text = """
e = 1
\\""" still
"""
literal = \'\'\'
[f]
\'\'\'

[table]
  g = { h = 1 }

[[array]]
i = 1
  [array.below]
  j = 1
[[array]]
"k.l" = 1
[table.'m n']
'''


def test_every_key_has_the_line_it_stands_on():
    assert places_of(TEXT) == {
        ("a",): 2,
        ("b",): 3,
        ("b", "c"): 3,
        ("list",): 4,
        ("text",): 8,
        ("literal",): 12,
        ("table",): 16,
        ("table", "g"): 17,
        ("array", 0): 19,
        ("array",): 19,
        ("array", 0, "i"): 20,
        ("array", 0, "below"): 21,
        ("array", 0, "below", "j"): 22,
        ("array", 1): 23,
        ("array", 1, "k.l"): 24,
        ("table", "m n"): 25,
    }


@given(text=texts)
def test_every_key_of_a_policy_is_found_on_a_line_that_has_it(text):
    lines = text.splitlines()
    places = places_of(text)

    for key in tomllib.loads(text):
        assert key in lines[places[key,] - 1]
