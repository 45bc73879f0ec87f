"""What the publications of a package prove, who made them, and what changed. Pure: no I/O."""
