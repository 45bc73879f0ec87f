"""`imprint doctor`: its options, what it gathers, and how a diagnosis is shown."""
