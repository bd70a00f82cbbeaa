"""Fixtures of the whole suite."""

from hypothesis import settings

pytest_plugins = ("tests.fixtures.databases", "tests.fixtures.browser", "tests.fixtures.live")

# A loaded machine is slow, not wrong: nothing is judged by the clock (speed is measured by `make bench`).
settings.register_profile("house", deadline=None)
settings.load_profile("house")
