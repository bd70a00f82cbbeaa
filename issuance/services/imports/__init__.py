"""Case handling's files: checked outside any transaction, lodged in short batches (ADR 0059)."""
