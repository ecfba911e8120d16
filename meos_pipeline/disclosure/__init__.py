"""The one door from results to readers: released cells, gated findings, and the only type pages accept."""
