"""What the people on call see."""
