"""Who is vulnerable and what they need; whose identity only named persons see."""
