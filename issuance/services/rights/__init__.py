"""Protection that was granted: who was not told of rights and duties yet, and who did not ask for the document."""
