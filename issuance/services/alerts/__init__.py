"""What the owner of an account is told of it: factors that were changed, odd log-ins."""
