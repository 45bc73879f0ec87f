"""`imprint gate`: what the install proxy keeps, and what it decided."""
