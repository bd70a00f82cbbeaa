"""The terms of the law as they run at a centre."""
