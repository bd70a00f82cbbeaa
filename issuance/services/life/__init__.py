"""What becomes of documents and data after the issue."""
