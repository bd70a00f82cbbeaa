"""Papers that people bring, scanned and checked."""
