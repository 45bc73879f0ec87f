"""What the registry signs with: its keys, who holds them, and signatures of versions."""
