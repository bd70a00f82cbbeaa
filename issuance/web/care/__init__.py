"""What somebody needs and why, noted by who saw it; whose identity only named persons see."""
