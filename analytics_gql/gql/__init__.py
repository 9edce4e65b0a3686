"""GraphQL into queries, and back."""
