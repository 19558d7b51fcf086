"""What companies said to expect."""
