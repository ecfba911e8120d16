"""From checks to cells."""
