"""Pages of groups that come together: their lists, their appointment, and the desk that works through them."""
