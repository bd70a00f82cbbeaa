"""What an office did: today against yesterday, what went wrong, and its figures over a time."""
