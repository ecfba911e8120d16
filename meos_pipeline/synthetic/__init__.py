"""Fictional exports with planted truth."""
