"""Fixtures of the whole suite."""

pytest_plugins = ("tests.fixtures.databases", "tests.fixtures.browser", "tests.fixtures.live")
