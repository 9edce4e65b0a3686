"""schema.graphql to the model and back: read, check, sync, print."""
