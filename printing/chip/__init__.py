"""What a chip holds and what it means."""
