"""Counting blanks by somebody who had them not in hand, closing a centre's day, and how long the blanks last."""
