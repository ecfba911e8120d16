"""The pipeline step by step: what the command line and Dagster both call.

Each step reads what an earlier one wrote and returns what is worth telling. Steps know the data
folder; they do not know Dagster, print nothing and read no clock.
"""
