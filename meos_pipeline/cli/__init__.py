"""The command line ``meos``: the same steps as Dagster, in words."""

from meos_pipeline.cli.app import main

__all__ = ["main"]
