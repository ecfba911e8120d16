"""Can a check be explained afterwards."""
