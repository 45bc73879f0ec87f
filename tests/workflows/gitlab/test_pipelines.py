import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.workflows.gitlab.model import IncludeKind
from tests.support.repositories import repository, written

PATH = ".gitlab-ci.yml"


def pipeline_of(text, **others):
    found = repository({PATH: text, **others})
    assert found.unreadable == ()
    return found.pipeline


def job_of(text, name="publish", **others):
    return next(job for job in pipeline_of(text, **others).jobs if job.id == name)


def values(texts):
    return [text.value for text in texts]


def table(texts):
    return {name: text.value for name, text in texts.items()}


def messages(text, **others):
    return [note.message for note in repository({PATH: text, **others}).unreadable]


PUBLISH = """
stages: [build, release]
variables: {NODE: '24', REGION: {value: eu, description: where}}
workflow:
  rules: [{if: $CI_COMMIT_TAG}]
publish:
  stage: release
  image: {name: 'node:24', entrypoint: ['']}
  services: ['a:1', {name: 'b:2'}]
  before_script: npm ci
  script:
    - npm test
    - &publish npm publish
  after_script: [echo done]
  variables: {NODE: '22'}
  id_tokens:
    NPM_ID_TOKEN: {aud: 'npm:registry.example.test'}
    SIGSTORE_ID_TOKEN: {aud: [sigstore, other]}
  secrets: {TOKEN: {vault: a/b}}
  environment: {name: npm, url: x}
  rules:
    - {if: $CI_COMMIT_TAG, when: manual, changes: [a], variables: {A: b}}
    - when: never
  only: {refs: [tags], variables: [$X]}
  except: [branches]
  when: manual
  needs: [build, {job: test, artifacts: true}]
  tags: [shared]
  cache: {key: {files: [package-lock.json]}, paths: [.npm]}
  artifacts: {paths: [dist]}
  trigger: {project: acme/other}
"""


def test_a_job_has_all_its_keys():
    job = job_of(PUBLISH)

    assert (job.stage.value, job.image.value) == ("release", "node:24")
    assert values(job.services) == ["a:1", "b:2"]
    scripts = values(job.before_script + job.script + job.after_script)
    assert scripts == ["npm ci", "npm test", "npm publish", "echo done"]
    assert table(job.variables) == {"NODE": "22", "REGION": "eu"}
    assert {name: values(token.audiences) for name, token in job.id_tokens.items()} == {
        "NPM_ID_TOKEN": ["npm:registry.example.test"],
        "SIGSTORE_ID_TOKEN": ["sigstore", "other"],
    }
    assert (job.secrets, job.environment.value) == (("TOKEN",), "npm")
    assert [rule.condition and rule.condition.value for rule in job.rules] == [
        "$CI_COMMIT_TAG",
        None,
    ]
    assert (values(job.rules[0].changes), table(job.rules[0].variables)) == (["a"], {"A": "b"})
    assert values(job.only + job.excepted) == ["tags", "$X", "branches"]
    assert values(job.needs + job.tags) == ["build", "test", "shared"]
    assert values(job.cache_keys + job.artifacts) == ["package-lock.json", "dist"]
    assert (job.when.value, job.trigger.value) == ("manual", "acme/other")


def test_a_pipeline_has_stages_variables_and_rules():
    pipeline = pipeline_of(PUBLISH)

    assert values(pipeline.stages) == ["build", "release"]
    assert table(pipeline.variables) == {"NODE": "24", "REGION": "eu"}
    assert pipeline.rules[0].condition.value == "$CI_COMMIT_TAG"


def test_everything_knows_its_place():
    found = repository({PATH: PUBLISH})
    (job,) = found.pipeline.jobs

    assert written(found, job.script[1].span) == "npm publish"
    assert written(found, job.id_span) == "publish"
    token = job.id_tokens["NPM_ID_TOKEN"]
    assert written(found, token.span) == "NPM_ID_TOKEN: {aud: 'npm:registry.example.test'}"


def test_hidden_jobs_are_no_jobs_and_are_extended_deeply():
    job = job_of("""
        .a: {image: 'node:22', variables: {A: a, B: a}, script: [a]}
        .b: {extends: .a, variables: {B: b}, tags: [b]}
        publish:
          extends: [.b, .c]
          script: [npm publish]
        .c: {tags: [c]}
    """)

    assert (job.image.value, values(job.tags)) == ("node:22", ["c"])
    assert table(job.variables) == {"A": "a", "B": "b"}
    assert values(job.script) == ["npm publish"]
    assert (values(job.extends), job.is_complete) == ([".b", ".c"], True)


def test_defaults_fill_in_what_a_job_does_not_say():
    text = """
        default:
          image: node:24
          before_script: [npm ci]
          id_tokens: {NPM_ID_TOKEN: {aud: x}}
        after_script: [echo old form]
        publish:
          before_script: []
          script: [npm publish]
    """
    job = job_of(text)

    assert job.image.value == "node:24"
    assert (values(job.before_script), values(job.after_script)) == ([], ["echo old form"])
    assert list(job.id_tokens) == ["NPM_ID_TOKEN"]


@pytest.mark.parametrize(
    ("inherit", "image", "tags", "variables"),
    [
        ("{}", "node:24", ["a"], {"A": "1", "B": "2"}),
        ("{default: false, variables: false}", None, [], {}),
        ("{default: [tags], variables: [B]}", None, ["a"], {"B": "2"}),
    ],
)
def test_a_job_may_refuse_what_it_would_inherit(inherit, image, tags, variables):
    job = job_of(f"""
        default: {{image: 'node:24', tags: [a]}}
        variables: {{A: 1, B: 2}}
        publish: {{inherit: {inherit}, script: [npm publish]}}
    """)

    assert (job.image and job.image.value, values(job.tags)) == (image, tags)
    assert table(job.variables) == variables


def test_local_files_are_included_below_the_file_that_includes_them():
    others = {
        "ci/base.yml": "publish: {image: 'node:22', variables: {A: 1}}\ninclude: /ci/more.yml\n",
        "ci/more.yml": ".hidden: {tags: [x]}\n",
        "ci/jobs/a.yml": "a: {script: [a]}\n",
        "ci/jobs/deep/b.yml": "b: {script: [b]}\n",
    }
    pipeline = pipeline_of(
        """
        include:
          - ci/base.yml
          - local: 'ci/jobs/**.yml'
        publish: {extends: .hidden, image: 'node:24', script: [npm publish]}
        """,
        **others,
    )

    assert sorted(job.id for job in pipeline.jobs) == ["a", "b", "publish"]
    (job,) = (job for job in pipeline.jobs if job.id == "publish")
    assert (job.image.value, table(job.variables), values(job.tags)) == (
        "node:24",
        {"A": "1"},
        ["x"],
    )
    assert job.variables["A"].span.path == "ci/base.yml"
    assert all(include.is_read for include in pipeline.includes)


def test_what_is_included_from_elsewhere_is_named_and_nothing_is_missed_because_of_it():
    pipeline = pipeline_of("""
        include:
          - https://gitlab.example.test/a.yml
          - {project: acme/ci, file: [/a.yml, /b.yml], ref: main}
          - {template: Jobs/Build.gitlab-ci.yml}
          - {component: gitlab.example.test/acme/x@1}
          - {remote: 'https://gitlab.example.test/b.yml'}
        publish: {extends: .elsewhere, script: [!reference [.there, script]]}
    """)

    assert [include.kind for include in pipeline.includes] == [
        IncludeKind.REMOTE,
        IncludeKind.PROJECT,
        IncludeKind.TEMPLATE,
        IncludeKind.COMPONENT,
        IncludeKind.REMOTE,
    ]
    assert values(pipeline.includes[1].files) == ["/a.yml", "/b.yml"]
    assert not any(include.is_read for include in pipeline.includes)
    assert not pipeline.jobs[0].is_complete


def test_files_that_include_each_other_are_read_once():
    pipeline = pipeline_of(
        "include: a.yml\npublish: {script: [x]}\n",
        **{"a.yml": f"include: [{PATH}, a.yml]\nother: {{script: [y]}}\n"},
    )

    assert [job.id for job in pipeline.jobs] == ["other", "publish"]


def test_references_are_replaced_by_what_they_name():
    job = job_of("""
        .setup: {script: [one, two], variables: {A: a}}
        .more: {script: [!reference [.setup, script], three]}
        .rules: {rules: [{if: $X}]}
        publish:
          script:
            - !reference [.more, script]
            - [four, [five]]
          variables: !reference [.setup, variables]
          rules: [!reference [.rules, rules]]
    """)

    assert values(job.script) == ["one", "two", "three", "four", "five"]
    assert table(job.variables) == {"A": "a"}
    assert [rule.condition.value for rule in job.rules] == ["$X"]


def test_a_header_that_only_says_inputs_is_passed_over():
    pipeline = pipeline_of("spec: {inputs: {a: {}}}\n---\npublish: {script: [npm publish]}\n")

    assert [job.id for job in pipeline.jobs] == ["publish"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: {extends: .b}", "extended job `.b` is not there"),
        (".b: {extends: .b}\na: {extends: .b}", "extended job `.b` leads back or too deep"),
        ("a: {script: [!reference [.b, c]]}", "reference `.b, c` is not there"),
        (
            ".b: {c: [!reference [.b, c]]}\na: {script: [!reference [.b, c]]}",
            "reference `.b, c` leads too far",
        ),
        ("include: a.yml", "included file `a.yml` is not there"),
        ("include: [[a]]", "include is of no known kind"),
        ("a: {script: {b: c}}", "`script` is a mapping, expected a text"),
    ],
)
def test_what_leads_nowhere_is_told(text, message):
    assert messages(text) == [message]


def test_references_that_multiply_are_cut_off():
    lines = [".r0: {x: [a, b, c, d, e, f, g, h]}"]
    for number in range(1, 9):
        refs = ", ".join([f"!reference [.r{number - 1}, x]"] * 8)
        lines.append(f".r{number}: {{x: [{refs}]}}")
    lines.append("a: {script: [!reference [.r8, x]]}")

    found = repository({PATH: "\n".join(lines)})

    assert "leads too far" in found.unreadable[0].message
    assert len(found.pipeline.jobs[0].script) < 25_000


def test_a_pipeline_that_is_no_mapping_is_none():
    assert repository({PATH: "- a"}).pipeline is None
    assert repository({PATH: ""}).pipeline is None


LINES = st.sampled_from(
    [
        "include: a.yml\n",
        "default: {image: x}\n",
        ".b: {extends: [.b, c]}\n",
        "c: {extends: .b, script: [!reference [c, script]]}\n",
        "c:\n  <<: *x\n",
        "variables: [a]\n",
        ".d: &x {script: !reference []}\n",
        "inherit: {}\n",
        "- x\n",
    ]
)


@given(lines=st.lists(LINES, max_size=6).map("".join))
def test_no_mixture_of_lines_raises(lines):
    found = repository({PATH: lines, "a.yml": lines})

    assert found.pipeline is not None or not lines or found.unreadable or lines.startswith("- x")
