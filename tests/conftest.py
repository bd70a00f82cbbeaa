"""Fixtures of the whole suite."""

from hypothesis import settings

pytest_plugins = ("tests.fixtures.databases", "tests.fixtures.browser", "tests.fixtures.live", "tests.fixtures.pcsc")

# A loaded machine is slow, not wrong: no test is judged by the clock.
settings.register_profile("house", deadline=None)
settings.load_profile("house")
