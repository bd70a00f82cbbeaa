"""Passkeys of those who work here: how a browser proves one, and the register of them."""
