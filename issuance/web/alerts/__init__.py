"""What happened with an account: its owner answers, an administrator settles what was not them."""
