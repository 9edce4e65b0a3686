"""How to answer, before SQL."""
