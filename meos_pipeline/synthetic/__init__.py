"""Fictional exports with planted truth, for demonstrations, tests and benchmarks."""
