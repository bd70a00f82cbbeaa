"""Document content from JSON, for `flask compose`. The shape is that of `DocumentContent`; see docs/content.md."""

from __future__ import annotations

from pydantic import ValidationError

from printing.content import DocumentContent
from printing.errors import ContentError

_SAID = {
    "missing": "is missing.",
    "extra_forbidden": "is not a field of a document; see docs/content.md for the list.",
}


def load_content(text: str) -> DocumentContent:
    """Read the JSON of one document. ContentError names the first field that is missing, unknown or wrong."""
    try:
        return DocumentContent.model_validate_json(text)
    except ValidationError as error:
        # include_input=False: the value may be personal and this message may be shown on a screen
        first = error.errors(include_input=False, include_url=False)[0]
    field = ".".join(str(part) for part in first["loc"]) or "content"
    said = _SAID.get(first["type"], first["msg"] + ".")
    if first["type"] == "json_invalid":
        said = f"is not valid JSON: {first['ctx']['error']}."
    raise ContentError(field, said)
