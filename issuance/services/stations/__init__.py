"""What a station asks and is told."""
