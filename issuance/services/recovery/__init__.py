"""When the register was lost: its copy, its new epoch, and what the stations' journals tell of the time between."""
