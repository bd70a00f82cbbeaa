"""The things of the table of access, for the pages of this wing."""

from tests.web.test_access import things as things
