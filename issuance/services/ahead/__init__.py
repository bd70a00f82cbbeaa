"""What families fill in before they come: kept under a code that only they have, and lodged at the window."""
