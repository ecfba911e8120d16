"""What changed, and whether an action did it."""
