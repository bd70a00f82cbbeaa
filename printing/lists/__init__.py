"""Status lists: what an office publishes so that anybody can judge a document's number without asking it."""
