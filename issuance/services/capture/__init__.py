"""What is taken of a person at the desk by a machine."""
