"""Partitions: the months that exports brought."""

import dagster as dg

MONTHS = dg.DynamicPartitionsDefinition(name="month")
