"""Single sign-on: which account the office's identity provider means."""
