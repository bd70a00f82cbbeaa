"""Fields of a form from the JSON Schema that pydantic writes of a driver's settings; and from anything else."""

from __future__ import annotations

from enum import StrEnum
from ipaddress import IPv4Address
from typing import Any, Literal

from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, SecretStr

from issuance.services.stations.schema import MOST_FIELDS, SettingField, fields, secret_names


class Side(StrEnum):
    FRONT = "front"
    BACK = "back"


class Settings(BaseModel):
    """What a driver might ask for."""

    address: str = Field(title="Address", description="Of the printer.", max_length=80)
    port: int = Field(18000, ge=1, lt=65536)
    dpi: Literal[300, 600] = 300
    side: Side = Side.BACK
    contrast: float = Field(1.0, gt=0, le=2.5)
    rotate: bool = False
    password: SecretStr | None = Field(None, title="Password")
    panel: str | None = None
    host: IPv4Address = IPv4Address("127.0.0.1")
    trays: list[str] = []
    only: Literal["PDF"] = "PDF"
    either: int | str = 1


def by_name() -> dict[str, SettingField]:
    return {field.name: field for field in fields(Settings.model_json_schema())}


def test_every_kind_of_setting_is_known_by_its_schema() -> None:
    kinds = {name: field.kind for name, field in by_name().items()}
    assert kinds == {
        "address": "text",
        "port": "whole",
        "dpi": "choice",
        "side": "choice",
        "contrast": "number",
        "rotate": "tick",
        "password": "secret",
        "panel": "text",
        "host": "text",
        "trays": "fixed",
        "only": "fixed",
        "either": "fixed",
    }
    assert secret_names(Settings.model_json_schema()) == {"password"}


def test_titles_bounds_options_and_defaults_come_along() -> None:
    found = by_name()
    address, port, side = found["address"], found["port"], found["side"]
    assert (address.title, address.description, address.required, address.most) == (
        "Address",
        "Of the printer.",
        True,
        80,
    )
    assert (port.title, port.default, port.least, port.most, port.required) == ("Port", 18000, 1, 65535, False)
    assert (side.options, side.default, found["dpi"].options) == (("front", "back"), "back", (300, 600))
    assert (found["contrast"].least, found["contrast"].most) == (0, 2.5)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["properties", "type", "enum", "anyOf", "$ref", "$defs", "required", "a", "minimum", "title"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(["properties", "required", "$defs"]), ANYTHING))
def test_any_schema_gives_a_bounded_list(schema: dict[str, Any]) -> None:
    assert len(fields(schema)) <= MOST_FIELDS


def test_a_definition_that_names_itself_ends() -> None:
    schema = {"properties": {"a": {"$ref": "#/$defs/A"}}, "$defs": {"A": {"$ref": "#/$defs/A"}}}
    assert [field.kind for field in fields(schema)] == ["fixed"]
