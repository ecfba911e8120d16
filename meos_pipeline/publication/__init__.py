"""Editions: immutable folders, and one pointer that is moved as the last act."""

from meos_pipeline.publication.edition import MANIFEST, Edition, Facts, editions, verify
from meos_pipeline.publication.pointer import current
from meos_pipeline.publication.publish import publish
from meos_pipeline.publication.withdraw import withdraw

__all__ = ["MANIFEST", "Edition", "Facts", "current", "editions", "publish", "verify", "withdraw"]
