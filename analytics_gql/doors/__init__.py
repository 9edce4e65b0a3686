"""The outside: bytes in, a verb, bytes out."""
