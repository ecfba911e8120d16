"""What a person reads when a step stops: the sentence that says what to do, not a list of places in the code."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import dagster as dg

from meos_pipeline.errors import PipelineError

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def in_plain_words(step: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Make errors that people can act on the message of the failed step; all others stay as they are."""

    @wraps(step)
    def told(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        try:
            return step(*args, **kwargs)
        except PipelineError as error:
            raise failure(error) from error

    return told


def failure(error: PipelineError) -> dg.Failure:
    """Return the failure that shows an error's own sentence."""
    return dg.Failure(description=str(error), allow_retries=False)
