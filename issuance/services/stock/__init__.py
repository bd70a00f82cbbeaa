"""The ledger of blanks."""
