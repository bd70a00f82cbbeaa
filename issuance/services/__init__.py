"""The acts of the office, in the order of a document's life."""
