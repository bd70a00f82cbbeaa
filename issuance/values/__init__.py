"""Pure values of the domain: names, references, personal numbers, days, codes."""
