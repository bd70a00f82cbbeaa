"""How every command of the office ends: 0 done; 1 refused or not in order; 2 the input cannot be used."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, NoReturn

import click
from sqlalchemy.exc import SQLAlchemyError

from issuance.errors import InvalidInput, LimanError
from issuance.services.imports.reading import ImportRefused, LineError
from printing.errors import ContentError, PrintingError

REFUSED, BAD_INPUT = 1, 2
NOT_LOADED = 4
"""The exit code of a server or worker that would not start a second time either: nobody should try again."""


def says(command: Callable[..., None]) -> Callable[..., None]:
    """Errors as one sentence on stderr and an exit code, never a traceback."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except ImportRefused as error:
            say_lines(error.lines)
            end(str(error), REFUSED)
        except (ContentError, InvalidInput) as error:
            end(named(error), BAD_INPUT)
        except (PrintingError, LimanError) as error:
            end(str(error), REFUSED)
        except SQLAlchemyError:
            end("The register does not answer, or is not set up: run set-up and look at LIMAN_DATABASE_URL.", REFUSED)
        except OSError as error:
            end(f"{error.filename or 'Output'}: {error.strerror}.", BAD_INPUT)

    return run


def say_lines(lines: Sequence[LineError]) -> None:
    """Say on stderr what is wrong with lines of a file."""
    for item in lines:
        click.echo(f"line {item.line} ({item.case_reference}): {named(item.error)}", err=True)


def named(error: Exception) -> str:
    """What an error says, after the name of the input at fault."""
    field = getattr(error, "field", None)
    return str(error) if not field or str(error).startswith(f"{field}:") else f"{field}: {error}"


def end(sentence: str, code: int) -> NoReturn:
    """Say one sentence on stderr and end with an exit code."""
    click.echo(sentence, err=True)
    sys.exit(code)
