"""Is the data fit for use? Rules in ``expectations/``, run with Great Expectations on Polars."""
