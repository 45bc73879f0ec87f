"""CircleCI: `.circleci/config.yml`, its jobs with commands put in, the workflows that run them."""
