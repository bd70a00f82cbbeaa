"""Requests that an officer approves together: what is an exception, what is drawn, how each of the rest is approved."""
