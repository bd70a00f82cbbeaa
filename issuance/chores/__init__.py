"""Background work that is a wing's own: each module is imported by `issuance.tasks`, which says how often it runs."""
