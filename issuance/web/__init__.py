"""One wing of pages an audience, each one blueprint."""
