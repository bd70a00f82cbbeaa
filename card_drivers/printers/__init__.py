"""One file per printer driver."""
