"""Police check records in, honest team reports out."""
