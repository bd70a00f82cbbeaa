"""Pages of blanks: the ledger, deliveries, hands, losses, destruction."""
