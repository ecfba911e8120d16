"""An outsider who reads a published folder and tries to learn what it hides."""
