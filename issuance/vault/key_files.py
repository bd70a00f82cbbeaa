"""Key files that are wrapped under the master key: who takes the folder, or a back-up of it, has none of them.

Such a file says the generation it is wrapped under: MARK, two bytes with its number, and the wrapped key, bound to its
name. The process with holders' pages alone has no token: its own folder holds `attempts` and `session` in the clear.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from issuance.keys import card_keys
from issuance.settings import KEY_NAMES, KeyName, Settings, draft, key_file, take_opened
from issuance.vault.masters import Masters, VaultError

MARK = b"LIMAN KEY\n"
WRAPPED_NAMES: tuple[str, ...] = (*KEY_NAMES, card_keys.FILE)
"""The key files of an office that are wrapped."""


def plain(settings: Settings, names: Collection[KeyName]) -> list[str]:
    """Those of these key files, and of the card-manager keys, that anybody who has the file can use."""
    found = [name for name in (*names, card_keys.FILE) if _generation(_path(settings, name)) == 0]
    return [*found, "LIMAN_CARD_KEYS"] if settings.card_keys else found


def generations(settings: Settings) -> set[int]:
    """The master keys that the key files on this host need; 0 for those that are plain."""
    found = {_generation(_path(settings, name)) for name in WRAPPED_NAMES}
    return {generation for generation in found if generation is not None}


def open_all(settings: Settings, masters: Masters, names: Iterable[KeyName]) -> None:
    """Let this process use the wrapped ones among these, and the card-manager keys where it uses all.

    VaultError for one that does not open.
    """
    wanted: list[str] = list(names)
    for name in (*wanted, *([card_keys.FILE] if set(wanted) == set(KEY_NAMES) else ())):
        path = _path(settings, name)
        if generation := _generation(path):
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
    todo = {name: key for name, key in _made(settings) if _is_to_move(settings, name, generation)}
    wrapped = masters.wrap(generation, [(key, name.encode()) for name, key in todo.items()])
    for (name, key), data in zip(todo.items(), wrapped, strict=True):
        path = _path(settings, name)
        draft(path, MARK + generation.to_bytes(2, "big") + data).replace(path)
        take_opened(settings, name, key)
    return list(todo)


def _made(settings: Settings) -> Iterator[tuple[str, bytes]]:
    """The key files that are here, each in the clear; the card-manager keys of their maker's file, where one is set."""
    for name in KEY_NAMES:
        if _path(settings, name).exists():
            yield name, key_file(settings, name)
    if settings.card_keys or _path(settings, card_keys.FILE).exists():
        yield card_keys.FILE, card_keys.read(settings)


def _is_to_move(settings: Settings, name: str, generation: int) -> bool:
    is_brought = name == card_keys.FILE and settings.card_keys is not None
    return is_brought or _generation(_path(settings, name)) != generation


def _generation(path: Path) -> int | None:
    """Under which master key a file is wrapped; 0 for a plain one, None for none."""
    if not path.exists():
        return None
    head = path.read_bytes()[: len(MARK) + 2]
    return int.from_bytes(head[len(MARK) :], "big") if head.startswith(MARK) else 0


def _path(settings: Settings, name: str) -> Path:
    return settings.var / "keys" / name
