"""The OpenAPI 3.1 document of what case handling may tell, generated from `schema`: there is no other source of it."""

from __future__ import annotations

import json
import sys
from functools import cache
from typing import Any

from pydantic.json_schema import models_json_schema

from issuance.services.exchange import schema

JSON = "application/json"
REF = "#/components/schemas/{model}"

ANSWERS = {
    401: "The token is missing, wrong or revoked.",
    409: "`other_body`: the id is another event's. `number_taken`, `too_far_ahead`: the number does not fit.",
    413: "The body is longer than 32 kB.",
    415: "The body is not JSON in UTF-8.",
    422: "The event is not one of this schema, is dated tomorrow, or says what cannot be. Nothing was kept.",
    429: "Too many calls in a minute. Wait as long as `Retry-After` says.",
    503: "The register is busy and kept nothing. Send the event again.",
}
"""What is answered beside 200, by status."""


@cache
def document() -> dict[str, Any]:
    """The whole document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Liman: events of case handling",
            "version": "1",
            "description": "One call tells one event. Events of a person are numbered and applied in their order; one"
            " that is sent again happens once. See docs/exchange.md.",
        },
        "paths": {"/api/case-events": {"post": _operation()}},
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def text() -> str:
    """The document as it is served and kept in docs/."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def _operation() -> dict[str, Any]:
    kinds = {schema.kind_of(kind): _ref(kind.__name__) for kind in schema.KINDS}
    event = {
        "oneOf": [{"$ref": each} for each in kinds.values()],
        "discriminator": {"propertyName": "type", "mapping": kinds},
    }
    return {
        "operationId": "tellCaseEvent",
        "summary": "Tell one event",
        "security": [{"token": []}],
        "requestBody": {"required": True, "content": {JSON: {"schema": event}}},
        "responses": {"200": _answer("Taken: applied, held or refused, as the answer says.", "Answer")}
        | {str(status): _answer(words, "Problem") for status, words in ANSWERS.items()},
    }


def _answer(words: str, model: str) -> dict[str, Any]:
    return {"description": words, "content": {JSON: {"schema": {"$ref": _ref(model)}}}}


def _ref(name: str) -> str:
    return REF.format(model=name)


def _schemas() -> dict[str, Any]:
    models = [(model, "validation") for model in (*schema.KINDS, schema.Answer, schema.Problem)]
    _, found = models_json_schema(models, ref_template=REF)  # type: ignore[arg-type]
    schemas: dict[str, Any] = found["$defs"]
    return dict(sorted(schemas.items()))


if __name__ == "__main__":
    sys.stdout.write(text())
