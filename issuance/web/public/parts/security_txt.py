"""`/.well-known/security.txt` (RFC 9116): whom to tell of a weakness, in which language, until when that holds."""

from __future__ import annotations

import datetime as dt
import re

from issuance.errors import Unfit
from issuance.settings import Settings

PATH = "/.well-known/security.txt"
PAGE = r"https://[A-Za-z0-9.-]+(?::\d{1,5})?(?:/[^\s]*)?"
CONTACT = rf"mailto:[^\s@,?]+@[A-Za-z0-9.-]+|{PAGE}|tel:\+?[0-9-]{{3,20}}"
LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
SOON = dt.timedelta(days=30)
MOST = dt.timedelta(days=366)
"""RFC 9116, 2.5.5: who reads it a year later should find what still holds."""


def text(settings: Settings) -> str:
    """The file, empty when nobody is named."""
    contacts = settings.security_contact.split()
    if not contacts:
        return ""
    lines = [f"Contact: {each}" for each in contacts]
    lines.append(f"Expires: {expires(settings):%Y-%m-%d}T00:00:00Z")
    lines.append(f"Preferred-Languages: {', '.join(settings.security_languages.split())}")
    lines.append(f"Canonical: {settings.public_url.rstrip('/')}{PATH}")
    if settings.security_policy:
        lines.append(f"Policy: {settings.security_policy}")
    return "\n".join(lines) + "\n"


def expires(settings: Settings) -> dt.date:
    """From when on what it says is out of date. Unfit for what is no day."""
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", settings.security_expires):
            raise ValueError
        return dt.date.fromisoformat(settings.security_expires)
    except ValueError as error:
        raise Unfit("LIMAN_SECURITY_EXPIRES is no day: write YYYY-MM-DD, at most a year from now.") from error


def check(settings: Settings) -> None:
    """Unfit names the setting of which no security.txt can be made."""
    contacts = settings.security_contact.split()
    if not contacts:
        return
    if not all(re.fullmatch(CONTACT, each) for each in contacts):
        raise Unfit("LIMAN_SECURITY_CONTACT is mailto:NAME@HOST, https://HOST/PATH or tel:NUMBER, most wanted first.")
    if settings.security_policy and not re.fullmatch(PAGE, settings.security_policy):
        raise Unfit("LIMAN_SECURITY_POLICY is no https:// address of a page.")
    languages = settings.security_languages.split()
    if not languages or not all(LANGUAGE.fullmatch(each) for each in languages):
        raise Unfit("LIMAN_SECURITY_LANGUAGES is a list of codes with a space between: ro en.")
    expires(settings)


def standing(settings: Settings, today: dt.date) -> tuple[str, str]:
    """How it stands with the file, and until when it holds, for the log of a server that starts."""
    if not settings.security_contact.split():
        return "missing", ""
    last = expires(settings)
    left = last - today
    if left <= dt.timedelta(0):
        return "expired", last.isoformat()
    return "soon" if left <= SOON else "too_far" if left > MOST else "holds", last.isoformat()
