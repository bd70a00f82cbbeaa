"""What holders, strangers and police are told of documents, and what holders say themselves."""
