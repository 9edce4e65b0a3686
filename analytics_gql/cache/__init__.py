"""What is kept so as not to be asked again."""
