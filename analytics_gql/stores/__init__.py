"""Small state that processes share, or that one keeps for itself."""
