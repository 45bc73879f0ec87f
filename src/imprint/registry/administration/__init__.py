"""What an administrator does at the machine itself, with the stores in hand."""
