"""When and where checks take place: which shift to join."""
