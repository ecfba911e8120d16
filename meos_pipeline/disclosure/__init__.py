"""The one door from results to readers."""
