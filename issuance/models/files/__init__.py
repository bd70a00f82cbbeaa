"""Files that other systems send, and what became of their lines."""

from issuance.models.files.imported import WAITS, FileLine, FilePart, ImportedFile, LineOutcome

__all__ = ["WAITS", "FileLine", "FilePart", "ImportedFile", "LineOutcome"]
