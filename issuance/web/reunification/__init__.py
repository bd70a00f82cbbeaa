"""Family reunification at the desk and at the decision officer's."""
