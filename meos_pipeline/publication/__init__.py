"""Editions: immutable folders, one pointer."""
