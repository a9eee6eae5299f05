"""Making a large organization at once: the same rows as the actions write, in bulk."""
