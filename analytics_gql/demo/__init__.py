"""The demo warehouse: an invented order business, the same numbers on every machine."""
