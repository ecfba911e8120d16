"""The same person or vehicle again."""
