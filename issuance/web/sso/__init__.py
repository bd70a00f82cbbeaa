"""Single sign-on: logging in at the office's identity provider, connecting one's account with it, being logged out."""
