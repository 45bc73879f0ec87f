from imprint.identity.workload import Provider
from imprint.workflows.publishing.model import Client
from imprint.workflows.publishing.pipelines import pipeline_publish_jobs_of
from tests.support.repositories import repository, written

GITLAB = """\
default:
  image: node:24
.base:
  before_script:
    - corepack enable
    - echo "//registry.example.test/:_authToken=${NPM_TOKEN}" > .npmrc
    - cd packages/a
publish:
  extends: .base
  environment: npm
  id_tokens:
    NPM_ID_TOKEN:
      aud: "npm:registry.example.test"
  script:
    - npm publish --access public
test:
  script: npm test
"""
CIRCLECI = """\
version: 2.1
jobs:
  publish:
    docker: [{image: 'cimg/node:24.7'}]
    parameters:
      tag: {type: string, default: next}
    steps:
      - checkout
      - run:
          name: token
          command: |
            export NPM_ID_TOKEN=$(circleci run oidc get --claims '{"aud": "npm:a.test"}')
            npm publish
      - run: npm publish --tag << parameters.tag >>
  test:
    docker: [{image: 'cimg/node:24.7'}]
    steps: [{run: npm test}]
workflows:
  all:
    jobs:
      - test
      - publish: {context: [npm]}
"""


def jobs_of(files):
    found = repository(files)
    return found, pipeline_publish_jobs_of(found)


def test_a_gitlab_job_publishes_with_what_it_inherits():
    files = {".gitlab-ci.yml": GITLAB, "packages/a/package.json": '{"name": "a"}'}

    found, (job,) = jobs_of(files)

    (step,) = job.steps
    assert (job.provider, job.id, job.image.value) == (Provider.GITLAB, "publish", "node:24")
    assert (step.client, written(found, step.span)) == (Client.NPM, "npm publish --access public")
    assert [package.name for package in step.packages] == ["a"]
    assert job.environment_name == "npm"
    assert job.id_tokens["NPM_ID_TOKEN"].audiences == ("npm:registry.example.test",)
    assert [(token.name, token.host) for token in job.tokens] == [
        ("//registry.example.test/:_authToken", "registry.example.test")
    ]


def test_a_circleci_job_publishes_with_the_token_that_it_asks_for():
    found, (job,) = jobs_of({".circleci/config.yml": CIRCLECI})

    assert (job.provider, job.id) == (Provider.CIRCLECI, "publish")
    assert [step.span.line for step in job.steps] == [13, 14]
    assert written(found, job.steps[0].span) == "npm publish"
    assert job.id_tokens["NPM_ID_TOKEN"].audiences == ("npm:a.test",)
    assert [context.value for context in job.contexts] == ["npm"]
    assert [run.job.value for run in job.runs] == ["publish"]
    assert job.image.value == "cimg/node:24.7"


def test_package_scripts_are_followed():
    files = {
        ".gitlab-ci.yml": "release:\n  script: [npm run release]\n",
        "package.json": '{"name": "a", "scripts": {"release": "lerna publish"}}',
    }

    _, (job,) = jobs_of(files)

    assert [(step.client, step.via) for step in job.steps] == [(Client.LERNA, ("npm run release",))]


def test_a_repository_without_pipelines_has_none():
    assert jobs_of({"package.json": "{}"})[1] == ()
