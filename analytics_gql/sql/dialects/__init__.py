"""Only where the engines differ. sqlglot is the tree library, not the portability layer."""
