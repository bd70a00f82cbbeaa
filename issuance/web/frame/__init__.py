"""What is around the work on every page: log-in, rail, forms, languages, headers."""
