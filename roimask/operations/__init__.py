"""The verbs: a file a family."""
