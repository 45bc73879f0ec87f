"""Reading the examples of a page."""

import pytest

from imprint.refusals import Malformed
from imprint.workflows.checks.examples import examples_of

PAGE = """\
# name

```yaml bad
on: push  # <- here
```

```json with package.json
{
  "name": "a"  // <- here: low
}
```

```toml with facts
writers = 2
```

```yaml fixed
on: <x>
```

```console
$ imprint doctor
```

```npmrc good
; a comment
```
"""


def test_fences_make_scenes():
    bad, good = examples_of(PAGE, values={"x": "create"})

    assert bad.files == {
        ".github/workflows/release.yml": "on: push\n",
        "package.json": '{\n  "name": "a"\n}\n',
    }
    assert bad.marks == {(".github/workflows/release.yml", 1): None, ("package.json", 2): "low"}
    assert bad.facts == "writers = 2\n"
    assert bad.fixed == {".github/workflows/release.yml": "on: create\n"}
    assert (good.is_bad, good.files, good.marks) == (False, {".npmrc": "; a comment\n"}, {})


@pytest.mark.parametrize("word", ["with", "fixed"])
def test_a_fence_that_adds_to_nothing_is_refused(word):
    with pytest.raises(Malformed) as refused:
        examples_of(f"```yaml {word}\non: push\n```\n", values={})

    assert refused.value.code == "page-example"
