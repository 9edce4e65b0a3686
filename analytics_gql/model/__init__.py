"""What may be asked: values only."""
