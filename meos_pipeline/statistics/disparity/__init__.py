"""What the records can and cannot say about groups. No verdict on people, and nothing where they say nothing."""
