"""Who belongs to a person, and who acts for one."""
