"""Key files that are wrapped under the master key: who takes the folder, or a back-up of it, has none of them.

Such a file says the generation it is wrapped under: MARK, two bytes with its number, and the wrapped key, bound to its
name. What the pages of holders need (`attempts`, `session`) stays plain: their process has no token.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from issuance.settings import KEY_NAMES, PUBLIC_KEY_NAMES, KeyName, Settings, draft, key_file, take_opened
from issuance.vault.masters import Masters, VaultError

MARK = b"LIMAN KEY\n"
WRAPPED_NAMES: tuple[KeyName, ...] = tuple(name for name in KEY_NAMES if name not in PUBLIC_KEY_NAMES)
"""The key files of an office that are wrapped."""


def plain(settings: Settings, names: Collection[KeyName]) -> list[str]:
    """Those of these key files that anybody who has the file can use."""
    return [name for name in names if name in WRAPPED_NAMES and _generation(_path(settings, name)) == 0]


def generations(settings: Settings) -> set[int]:
    """The master keys that the key files on this host need; 0 for those that are plain."""
    found = {_generation(_path(settings, name)) for name in WRAPPED_NAMES}
    return {generation for generation in found if generation is not None}


def open_all(settings: Settings, masters: Masters, names: Iterable[KeyName]) -> None:
    """Let this process use the wrapped ones among these. VaultError for one that does not open."""
    for name in names:
        path = _path(settings, name)
        generation = _generation(path) if name in WRAPPED_NAMES else None
        if generation:
            data = path.read_bytes()[len(MARK) + 2 :]
            (key,) = masters.unwrap(generation, [(data, name.encode())])
            if key is None:
                raise VaultError(
                    "The key file %(name)s does not open by the master key %(number)s: put the safe's copy back.",
                    name=name,
                    number=generation,
                )
            take_opened(settings, name, key)


def wrap_all(settings: Settings, masters: Masters, generation: int) -> list[str]:
    """Wrap the key files of this host under a master key, each replaced in one step; the names of those that were not.

    Nothing else needs to be done on this host: what runs has the keys, what starts opens them anew.
    """
    todo = [name for name in _made(settings) if _generation(_path(settings, name)) != generation]
    keys = [key_file(settings, name) for name in todo]
    wrapped = masters.wrap(generation, [(key, name.encode()) for name, key in zip(todo, keys, strict=True)])
    for name, key, data in zip(todo, keys, wrapped, strict=True):
        path = _path(settings, name)
        draft(path, MARK + generation.to_bytes(2, "big") + data).replace(path)
        take_opened(settings, name, key)
    return [str(name) for name in todo]


def _made(settings: Settings) -> Iterator[KeyName]:
    return (name for name in WRAPPED_NAMES if _path(settings, name).exists())


def _generation(path: Path) -> int | None:
    """Under which master key a file is wrapped; 0 for a plain one, None for none."""
    if not path.exists():
        return None
    head = path.read_bytes()[: len(MARK) + 2]
    return int.from_bytes(head[len(MARK) :], "big") if head.startswith(MARK) else 0


def _path(settings: Settings, name: str) -> Path:
    return settings.var / "keys" / name
