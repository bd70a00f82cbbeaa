"""Drivers by name and their settings: found as files, checked by their models, changed whole or not at all."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

import card_drivers
from card_drivers.device import ConfigurationError
from card_drivers.order import StationSettings
from card_drivers.printers import ipp
from card_drivers.printers.ipp import IppPrinter
from card_drivers.station import equipment as equipment_module
from card_drivers.station.equipment import Context, Equipment
from issuance.services.stations.schema import secret_names

HERE = {"uri": "ipp://localhost:631/ipp/print"}


def chosen(revision: int, **printer: object) -> StationSettings:
    return StationSettings(revision=revision, settings={"printer": printer})


@pytest.fixture
def equipment(tmp_path: Path) -> Equipment:
    (tmp_path / "settings.json").write_text(chosen(1, **HERE).model_dump_json())
    return Equipment(Context(tmp_path), "ipp", None)


def test_every_file_is_a_driver_that_describes_itself() -> None:
    """A new driver is one file: what the register needs of it is there."""
    for role in equipment_module.PACKAGES:
        files = sorted(path.stem for path in Path(card_drivers.__file__).with_name(f"{role}s").glob("[a-z]*.py"))
        assert equipment_module.names(role) == files
        for name in files:
            driver = equipment_module.driver(role, name)
            for field in driver.settings.model_json_schema().get("properties", {}).values():
                assert field["title"], name


def test_an_unknown_driver_is_refused_with_those_there_are() -> None:
    with pytest.raises(ConfigurationError, match="choose one of bureau, evolis, ipp, simulator"):
        equipment_module.driver("printer", "../ipp")


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({}, r"printer\.uri: Field required"),
        ({**HERE, "poll_seconds": 0}, r"printer\.poll_seconds"),
        ({**HERE, "poll_seconds": "often"}, r"printer\.poll_seconds"),
        ({**HERE, "colour": "red"}, r"printer\.colour"),
        ({**HERE, "fingerprint": "AB:CD"}, r"printer\.fingerprint"),
        ({"uri": "http://printer"}, "no address of the form"),
        ({"uri": "ipp://printer.example"}, "in the clear"),
    ],
)
def test_what_is_wrong_is_named_and_changes_nothing(
    equipment: Equipment, tmp_path: Path, values: dict[str, object], says: str
) -> None:
    printer, before = equipment.printer, (tmp_path / "settings.json").read_text()
    with pytest.raises(ConfigurationError, match=says):
        equipment.apply(chosen(2, **values))
    assert (equipment.printer, equipment.revision) == (printer, 1)
    assert (tmp_path / "settings.json").read_text() == before


def test_a_change_is_kept_and_read_by_its_owner_only(equipment: Equipment, tmp_path: Path) -> None:
    equipment.apply(chosen(2, **HERE, patience_seconds=60))
    assert (tmp_path / "settings.json").stat().st_mode & 0o777 == 0o600
    again = Equipment(Context(tmp_path), "ipp", None)
    assert (again.revision, again.devices()[0].settings["patience_seconds"]) == (2, 60.0)
    assert isinstance(again.printer, IppPrinter)


def test_a_secret_of_the_stations_own_file_outlives_what_the_administrator_chooses(tmp_path: Path) -> None:
    """The register never heard it: it cannot be among the settings that it sends."""
    own = chosen(0, **HERE, user="liman", password="own word")
    (tmp_path / "settings.json").write_text(own.model_dump_json())
    equipment = Equipment(Context(tmp_path), "ipp", None)
    (device,) = equipment.devices()
    assert ("password" in device.settings, "own word" in device.model_dump_json()) == (False, False)
    assert device.settings["user"] == "liman"
    equipment.apply(chosen(1, **HERE, user="other"))
    assert password_of(tmp_path) == "own word"
    equipment.apply(chosen(2, **HERE, user="other", password="new word"))
    equipment.apply(chosen(3, **HERE, user="other"))
    assert password_of(tmp_path) == "new word"


def password_of(folder: Path) -> str:
    """As the next start of the station reads it."""
    values = StationSettings.model_validate_json((folder / "settings.json").read_bytes()).settings["printer"]
    settings = equipment_module.driver("printer", "ipp").checked(values)
    assert isinstance(settings, ipp.Settings)
    return settings.password.get_secret_value()


def test_the_station_and_the_register_take_the_same_settings_for_secret() -> None:
    driver = equipment_module.driver("printer", "ipp")
    assert driver.secrets == secret_names(driver.settings.model_json_schema()) == {"password"}


def test_settings_that_the_release_before_wrote_are_read(tmp_path: Path) -> None:
    old = {"protocol": 2, "revision": 7, "settings": {"printer": HERE}}
    (tmp_path / "settings.json").write_text(json.dumps(old))
    assert Equipment(Context(tmp_path), "ipp", None).revision == 7


def test_a_full_disk_changes_nothing(equipment: Equipment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConfigurationError, match="No space left"):
        equipment.apply(chosen(2, **HERE))
    assert (equipment.revision, Equipment(Context(tmp_path), "ipp", None).revision) == (1, 1)
