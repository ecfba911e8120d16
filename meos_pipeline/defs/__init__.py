"""When and in which order: the only code that knows Dagster."""
