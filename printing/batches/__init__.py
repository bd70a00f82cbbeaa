"""Batches: any number of documents in one PDF, composed and written by every core of the machine."""
