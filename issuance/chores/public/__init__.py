"""The background work of what holders and strangers see, are told and tell."""
