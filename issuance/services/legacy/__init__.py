"""Documents that were issued before this register: brought as a file, checked, and kept like any other (ADR 0096)."""
