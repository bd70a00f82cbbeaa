"""Filled registers of earlier releases, as JSON, and what saves and fills them."""
