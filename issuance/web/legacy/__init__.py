"""Documents that were issued before this register."""
