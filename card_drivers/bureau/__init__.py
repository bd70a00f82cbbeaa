"""Orders and results as signed and encrypted files in a folder, for a site that no network reaches."""
