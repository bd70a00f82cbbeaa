"""What the process that signs asks for itself before it signs."""
