"""Bodies that see the files of persons who gave them a mandate and consented (E12): read-only, each look told."""
