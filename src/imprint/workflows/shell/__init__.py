"""Scripts of CI steps as commands: what is run, where, and on which condition. Runs nothing."""
