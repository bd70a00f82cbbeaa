"""Where people live, and what follows from it."""
