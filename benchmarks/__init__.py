"""Benchmarks: ratios that anyone can run again. ``python -m benchmarks.run --help``."""
