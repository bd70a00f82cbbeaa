"""Pages of supervisors: cases that go to another centre, and those that come from one."""
