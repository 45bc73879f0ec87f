"""The pages of `imprint explain`: one Markdown file for each code, event and reason."""
