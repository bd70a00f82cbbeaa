"""Where people live, as the register follows it."""
