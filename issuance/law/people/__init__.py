"""What the law says of where people live and whom they may bring."""
