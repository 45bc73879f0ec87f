"""GitLab CI/CD: `.gitlab-ci.yml` with what it includes, merged as GitLab merges it."""
