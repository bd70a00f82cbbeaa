"""Passkeys: adding and removing one's own, and logging in with one."""
