"""``python -m meos_pipeline.cli``: the command line where its script is not on the path."""

from meos_pipeline.cli.app import main

main()
