"""The station: its agent, and the day of its printer and encoder."""
