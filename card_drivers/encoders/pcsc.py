"""PC/SC readers through pyscard, which a station without real encoders does not need."""

from __future__ import annotations

from card_drivers.device import ConfigurationError, DeviceOffline


def reader_names() -> list[str]:
    """The names of the readers pcscd knows. ConfigurationError without pyscard, DeviceOffline without pcscd."""
    try:
        from smartcard.pcsc.PCSCExceptions import BaseSCardException  # type: ignore[import-not-found,import-untyped,unused-ignore]
        from smartcard.System import readers  # type: ignore[import-not-found,import-untyped,unused-ignore]
    except ImportError as error:
        raise ConfigurationError("pyscard is missing: install libpcsclite-dev, then requirements-pcsc.txt.") from error
    try:
        return [str(reader) for reader in readers()]
    except BaseSCardException as error:
        raise DeviceOffline(f"pcscd does not answer ({error}): start it.") from error
