"""The sun above a place: NOAA position and the light of a moment."""
