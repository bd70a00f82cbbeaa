"""The least that a real office sets, with which a production server starts."""

from typing import Any

PRODUCTION: dict[str, Any] = {"env": "production", "public_url": "https://liman.example", "trusted_proxies": 1}

ENVIRONMENT = {f"LIMAN_{name.upper()}": str(value) for name, value in PRODUCTION.items()}
"""The same as variables of the environment."""
