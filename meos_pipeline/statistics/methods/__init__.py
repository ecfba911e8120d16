"""How numbers are computed: formulas with their source, arrays in and arrays out."""
