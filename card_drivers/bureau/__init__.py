"""Orders and results as sealed files in a folder, for a site that no network reaches."""
