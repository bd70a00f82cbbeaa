"""Where people live: the page of one person, and who leaves a centre soon."""
