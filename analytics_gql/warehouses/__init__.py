"""Statement → JSON rows."""
