"""What the law says as data, read by the acts."""
