"""What checks yield, and how far registration could bend it."""
