"""Catalog + live warehouse → a catalog that knows its physical types, or every fault."""
