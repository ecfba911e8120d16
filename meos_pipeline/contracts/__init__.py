"""What stages hand to each other: every table is declared here, once."""
