"""Is the app used: registrations, coverage, completeness."""
