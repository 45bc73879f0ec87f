"""`imprint admin …`: what an administrator does at the machine itself."""
