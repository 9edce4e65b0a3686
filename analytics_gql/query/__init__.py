"""What is asked, the same for every door."""
