"""The manuals: what somebody of a role does, step by step, in the language of the page."""
