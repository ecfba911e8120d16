"""One section per file."""
