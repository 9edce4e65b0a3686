"""Ratios against floors that are measured in the same run; see README.md here."""
