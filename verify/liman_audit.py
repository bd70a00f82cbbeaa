"""`python3 liman_audit.py`: whether the log of an office is whole, and what one event or two checkpoints prove.

One file, for the standard library alone, so that a stranger can read all of it. Formats: C2SP tlog-tiles,
tlog-checkpoint, signed-note, tlog-proof, over RFC 6962; docs/log.md says what an entry is. The key (`name+id+key`)
has to come from the office by another way than the files. Exit codes: 0 whole; 1 forged, cut, reordered or forked, as
the first word says; 2 could not be checked.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, reduce
from itertools import accumulate
from pathlib import Path
from typing import Any

WHOLE, WRONG, UNCHECKED = 0, 1, 2
WIDTH, HASH = 256, 32
EMPTY = hashlib.sha256(b"").digest()
HEADER = "c2sp.org/tlog-proof@v1"
MOST_EXTRA, LONGEST_SIZE = 1 << 16, 20
DASH = "\u2014 "


class Wrong(Exception):
    """What proves that something is not as it was, with the word that says how."""

    def __init__(self, how: str, sentence: str) -> None:
        super().__init__(f"{how}: {sentence}")


class Unchecked(Exception):
    """Why nothing can be said."""


# Ed25519 (RFC 8032), for a few signatures

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)

Point = tuple[int, int, int, int]


def _add(p: Point, q: Point) -> Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _point(data: bytes) -> Point | None:
    """The point that 32 bytes are; None for none."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE = (4 * pow(5, P - 2, P) % P).to_bytes(32, "little")


@cache
def _doubled(data: bytes) -> list[Point]:
    """A point, twice it, four times it and so on; nothing for what is no point."""
    point = _point(data)
    return list(accumulate(range(255), lambda each, _: _add(each, each), initial=point)) if point else []


def _times(scalar: int, data: bytes) -> Point:
    chosen = [point for at, point in enumerate(_doubled(data)) if scalar >> at & 1]
    return reduce(_add, chosen, (0, 1, 1, 0))


def signed_by(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether this key (32 bytes) made this signature (64 bytes)."""
    nonce, scalar = _point(signature[:32]), int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or nonce is None or scalar >= ORDER or not _doubled(public):
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    left, right = _times(scalar, BASE), _add(nonce, _times(challenge, public))
    return not ((left[0] * right[2] - right[0] * left[2]) % P or (left[1] * right[2] - right[1] * left[2]) % P)


# Keys and checkpoints


@dataclass(frozen=True)
class Key:
    """The key of a log, by its name."""

    name: str
    id: bytes
    public: bytes


@dataclass(frozen=True)
class Checkpoint:
    """What was signed: so many entries have this root."""

    origin: str
    size: int
    root: bytes


def read_key(text: str) -> Key:
    """A key from its line, or from a file that holds it."""
    line = text.strip() if "+" in text else text_of(Path(text)).strip()
    name, _, rest = line.partition("+")
    key_id, _, encoded = rest.partition("+")
    data = _decoded(encoded)
    if data is None or len(data) != 33 or data[0] != 1:
        raise Unchecked("The key is none: give the line that begins with the name of the log.")
    if hashlib.sha256(_bytes(name) + b"\n" + data).hexdigest()[:8] != key_id:
        raise Unchecked("The key is mistyped: its parts do not belong together.")
    return Key(name, bytes.fromhex(key_id), data[1:])


def opened(note: str, key: Key, what: str) -> Checkpoint:
    """The checkpoint that a note is. Wrong when the key did not sign it."""
    text, _, signatures = note.rpartition("\n\n")
    text += "\n"
    for line in signatures.split("\n"):
        name, _, encoded = line.removeprefix(DASH).rpartition(" ")
        signature = _decoded(encoded) or b""
        if line.startswith(DASH) and name == key.name and signature[:4] == key.id:
            if signed_by(key.public, _bytes(text), signature[4:]):
                return _checkpoint(text, key, what)
            break
    raise Wrong("forged", f"{what} does not carry the signature of {key.name}.")


def _checkpoint(text: str, key: Key, what: str) -> Checkpoint:
    lines = text.split("\n")
    root = _decoded(lines[2]) if len(lines) > 3 else None
    is_size = len(lines) > 3 and lines[1].isdecimal() and len(lines[1]) <= LONGEST_SIZE
    if root is None or len(root) != HASH or lines[0] != key.name or not is_size:
        raise Wrong("forged", f"{what} is signed, but is no checkpoint of {key.name}.")
    return Checkpoint(lines[0], int(lines[1]), root)


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return None


def _bytes(text: str) -> bytes:
    """Text as it is hashed; half characters, which JSON and a command line can hold, are signs that nobody signed."""
    return text.encode("utf-8", "replace")


def _said(text: str | bytes) -> Any:
    """What JSON says. ValueError also for what is nested beyond reading."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def canonical(value: object) -> bytes:
    """JSON as the office hashes it."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


# The tree of RFC 6962


def leaf(entry: bytes) -> bytes:
    """The hash of an entry."""
    return hashlib.sha256(b"\0" + entry).digest()


def node(left: bytes, right: bytes) -> bytes:
    """The hash above two others."""
    return hashlib.sha256(b"\1" + left + right).digest()


class Tree:
    """A tree that grows to the right: the roots of its complete subtrees, largest first, give every root on the way."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def add(self, hashed: bytes, level: int = 0) -> None:
        """One more complete subtree of 2**level leaves; the size so far is a multiple of that."""
        at = self.size >> level
        while at & 1:
            hashed, at = node(self._peaks.pop(), hashed), at >> 1
        self._peaks.append(hashed)
        self.size += 1 << level

    def root(self) -> bytes:
        """The root over everything so far."""
        if not self._peaks:
            return EMPTY
        found = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            found = node(peak, found)
        return found


def complete(tile: bytes) -> bytes:
    """The hash above a full tile."""
    sha = hashlib.sha256
    while len(tile) > HASH:
        tile = b"".join([sha(b"\1" + tile[at : at + 64]).digest() for at in range(0, len(tile), 64)])
    return tile


def climbed(hashed: bytes, index: int, size: int, path: list[bytes]) -> bytes | None:
    """The root to which a path leads from a leaf; None when it is too short or too long (RFC 9162, 2.1.3.2)."""
    at, last = index, size - 1
    for each in path:
        if last == 0:
            return None
        if at & 1 or at == last:
            hashed = node(each, hashed)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            hashed = node(hashed, each)
        at, last = at >> 1, last >> 1
    return hashed if last == 0 else None


# An export

Known = tuple[str, Checkpoint]
"""A checkpoint that was signed before, and what to call it."""


def place(number: int) -> str:
    """The path of a tile of this number."""
    parts = [f"{number % 1000:03d}"]
    while number := number // 1000:
        parts.insert(0, f"x{number % 1000:03d}")
    return "/".join(parts)


class Export:
    """A folder of a log: what it holds must be what was signed."""

    def __init__(self, folder: Path, key: Key) -> None:
        self.folder, self.key = folder, key
        self.size = self.history = 0

    def check(self, known: list[Known]) -> Checkpoint:
        """Wrong unless entries, tiles and checkpoint are one tree, which continues whatever was signed before."""
        signed = opened(text_of(self.folder / "checkpoint"), self.key, "the checkpoint of the folder")
        wanted: dict[int, list[Known]] = {}
        for what, each in [*self._history(), *known, ("the checkpoint of the folder", signed)]:
            if each.size > signed.size:
                raise Wrong("cut", f"{what} has {each.size} entries, the folder {signed.size}.")
            wanted.setdefault(each.size, []).append((what, each))
        self.size, tree, above = signed.size, Tree(), []
        inside = {size // WIDTH for size in wanted if size % WIDTH}
        for number in range(-(-self.size // WIDTH)):
            tile = self._checked(number)
            if len(tile) == HASH * WIDTH:
                above.append(complete(tile))
            if number in inside:
                for at in range(0, len(tile), HASH):
                    self._compare(tree, wanted)
                    tree.add(tile[at : at + HASH])
            else:
                self._compare(tree, wanted)
                tree.add(above[-1], 8)
        self._compare(tree, wanted)
        self._check_rows(above)
        return signed

    def _checked(self, number: int) -> bytes:
        """A tile whose hashes are those of its entries."""
        first = number * WIDTH
        width = min(WIDTH, self.size - first)
        entries, tile = self._bundle(number, width), self.tile(0, number, width)
        for at, entry in enumerate(entries, first):
            _check_place(entry, at, self.key.name)
        hashes = [leaf(entry) for entry in entries]
        if b"".join(hashes) != tile:
            known = [tile[at : at + HASH] for at in range(0, len(tile), HASH)]
            at = first + next(at for at, each in enumerate(hashes) if each != known[at]) + 1
            if sorted(known) == sorted(hashes):
                raise Wrong("reordered", f"from entry {at} on the order is another than that of the hashes.")
            raise Wrong("forged", f"entry {at} is not what was hashed.")
        return tile

    def _compare(self, tree: Tree, wanted: dict[int, list[Known]]) -> None:
        for what, each in wanted.pop(tree.size, ()):
            if tree.root() == each.root:
                continue
            if each.size == self.size and what.endswith("folder"):
                raise Wrong("forged", f"the {each.size} entries of the folder are not those that were signed.")
            raise Wrong("forked", f"{what} was signed with {each.size} other entries: there are two stories.")

    def _check_rows(self, hashes: list[bytes]) -> None:
        """The upper tiles are what stands above the lower ones."""
        row = 1
        while hashes:
            tiles = [b"".join(hashes[at : at + WIDTH]) for at in range(0, len(hashes), WIDTH)]
            for number, tile in enumerate(tiles):
                if self.tile(row, number, len(tile) // HASH) != tile:
                    raise Wrong("forged", f"tile {row}/{place(number)} is not what stands above the others.")
            row, hashes = row + 1, [complete(tile) for tile in tiles if len(tile) == HASH * WIDTH]

    def _history(self) -> Iterator[Known]:
        path = self.folder / "history.jsonl"
        for number, line in enumerate(text_of(path).split("\n")[:-1] if path.exists() else (), 1):
            what = f"line {number} of the history"
            try:
                note = str(_said(line)["checkpoint"])
            except (ValueError, KeyError, TypeError):
                raise Wrong("forged", f"{what} is damaged.") from None
            self.history = number
            yield what, opened(note, self.key, what)

    def root_at(self, size: int) -> bytes:
        """The root over the first entries, by the tiles alone, which go at least so far."""
        tree = Tree()
        for number in range(-(-size // WIDTH)):
            rest = min(WIDTH, size - number * WIDTH)
            tile = self.tile(0, number, min(WIDTH, self.size - number * WIDTH))
            for at in range(0, HASH * rest, HASH):
                tree.add(tile[at : at + HASH])
        return tree.root()

    def tile(self, row: int, number: int, width: int) -> bytes:
        """The hashes of a tile."""
        data = self._file(str(row), number, width)
        if len(data) != HASH * width:
            raise Wrong("forged", f"tile {row}/{place(number)} has not {width} hashes.")
        return data

    def _bundle(self, number: int, width: int) -> list[bytes]:
        data, at, entries = self._file("entries", number, width), 0, []
        while at < len(data):
            end = at + 2 + int.from_bytes(data[at : at + 2], "big")
            entries.append(data[at + 2 : end])
            at = end
        entries = entries[:width] if len(entries) == WIDTH else entries
        if at != len(data) or len(entries) > width:
            raise Wrong("forged", f"the bundle entries/{place(number)} cannot be read.")
        if len(entries) < width:
            raise Wrong("cut", f"entry {number * WIDTH + len(entries) + 1} was signed and is missing.")
        return entries

    def _file(self, kind: str, number: int, width: int) -> bytes:
        """A tile or bundle, or the beginning of what it grew to."""
        full = self.folder / "tile" / kind / place(number)
        path = full.with_name(f"{full.name}.p") / str(width)
        if width < WIDTH and path.exists():
            return path.read_bytes()
        if not full.exists():
            raise Wrong("cut", f"tile/{kind}/{place(number)} was signed and is missing.")
        data = full.read_bytes()
        return data[: HASH * width] if kind != "entries" else data


def _check_place(entry: bytes, index: int, origin: str) -> None:
    """An entry says itself at which place of which chain it stands."""
    try:
        said = _said(entry)
        position, chain = said["position"], str(said["chain"])
    except (ValueError, KeyError, TypeError):
        raise Wrong("forged", f"entry {index + 1} is none of an office.") from None
    if position != index + 1:
        raise Wrong("reordered", f"entry {index + 1} was written as entry {position}.")
    if not f"{origin}-".startswith(f"{origin.rpartition('/')[0]}/{chain}-"):
        raise Wrong("forged", f"entry {index + 1} is of another chain.")


# A proof, and two checkpoints


def check_proof(text: str, key: Key) -> str:
    """What a proof proves, in a sentence. Wrong when it proves nothing; Unchecked for what is no proof."""
    head, _, note = text.partition("\n\n")
    header, *lines = head.split("\n")
    if header != HEADER or len(lines) < 2 or not lines[0].startswith("extra ") or not lines[1].startswith("index "):
        raise Unchecked("The file is no proof of an event.")
    signed = opened(note, key, "the checkpoint of the proof")
    path, index = [_decoded(line) or b"" for line in lines[2:]], lines[1].removeprefix("index ")
    try:
        packed = zlib.decompressobj().decompress(_decoded(lines[0].removeprefix("extra ")) or b"", MOST_EXTRA)
        extra = _said(packed)
        entry = rebuilt(extra, int(index))
        event, chain = extra["event"], extra["chain"]
        sentence = f"{event['act']} at {event['at']}, event {event['id']}, is entry {int(index) + 1} of chain {chain}."
    except (ValueError, KeyError, TypeError, zlib.error):
        raise Wrong("forged", "what the proof says of the event cannot be read.") from None
    if climbed(leaf(entry), int(index), signed.size, path) != signed.root:
        raise Wrong("forged", "the event of the proof is not what was signed.")
    if "link" in extra:
        return sentence
    return f"{sentence}\n{json.dumps(event, indent=1, sort_keys=True, ensure_ascii=False)}"


def rebuilt(extra: dict[str, Any], index: int) -> bytes:
    """The entry of the event that a proof shows, as it stands in the log."""
    event, at = extra["event"], {"chain": extra["chain"], "position": index + 1}
    link = extra.get("link")
    if link is None:
        mac = {"mac": extra["mac"]} if extra.get("mac") else {}
        link = hashlib.sha256(canonical({**event, **at, "previous": extra["previous"], **mac})).hexdigest()
    sealed = hashlib.sha256(bytes.fromhex(extra["salt"]) + link.encode()).hexdigest()
    return canonical({**at, "event": event["id"], "act": event["act"], "at": event["at"], "sealed": sealed})


def check_continues(old: Checkpoint, new: Checkpoint, export: Export | None) -> None:
    """Wrong unless the log of the old checkpoint is the beginning of that of the new one."""
    if new.size < old.size:
        raise Wrong("cut", f"the log had {old.size} entries and has {new.size}.")
    if new.size == old.size:
        if new.root != old.root:
            raise Wrong("forked", f"two logs of {old.size} entries were signed.")
        return
    if export is None:
        raise Unchecked("Name the folder of the log: two checkpoints of different size say nothing without it.")
    export.size = new.size
    if export.root_at(new.size) != new.root:
        raise Unchecked("The folder is not the log of the new checkpoint: run `export` on it.")
    if export.root_at(old.size) != old.root:
        raise Wrong("forked", f"the first {old.size} entries are not those of the old checkpoint.")


# The command line


def text_of(path: Path) -> str:
    """What a file says; bytes that are no text become signs that nobody signed."""
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except OSError as error:
        raise Unchecked(f"{path} cannot be read: {error.strerror}.") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="liman_audit.py", description=(__doc__ or "").partition("\n")[0])
    jobs = parser.add_subparsers(dest="job", required=True)
    export, proof = jobs.add_parser("export", help="a folder of a log"), jobs.add_parser("proof", help="of one event")
    export.add_argument("folder", type=Path)
    export.add_argument("--known", type=Path, action="append", default=[], help="a checkpoint from somewhere else")
    proof.add_argument("file", type=Path)
    two = jobs.add_parser("consistent", help="an old and a new checkpoint")
    two.add_argument("old", type=Path)
    two.add_argument("new", type=Path)
    two.add_argument("--folder", type=Path, help="the log, when the new one is longer")
    for each in (export, proof, two):
        each.add_argument("--key", required=True, help="the line `name+id+key` of the office, or a file with it")
    return parser


def _told(chosen: argparse.Namespace) -> str:
    key = read_key(chosen.key)
    if chosen.job == "proof":
        return check_proof(text_of(chosen.file), key)
    if chosen.job == "export":
        export = Export(chosen.folder, key)
        signed = export.check([(str(path), opened(text_of(path), key, str(path))) for path in chosen.known])
        others = export.history + len(chosen.known)
        return f"{signed.size} entries of {signed.origin} are what was signed, and continue {others} checkpoints."
    old, new = (opened(text_of(path), key, str(path)) for path in (chosen.old, chosen.new))
    check_continues(old, new, Export(chosen.folder, key) if chosen.folder else None)
    return f"The log of {old.size} entries is the beginning of that of {new.size}."


def main(arguments: list[str] | None = None) -> int:
    """Check what the command line names, and say so."""
    try:
        print(_told(_parser().parse_args(arguments)))
    except Wrong as error:
        print(error)
        return WRONG
    except Unchecked as error:
        print(f"could not be checked: {error}")
        return UNCHECKED
    print("whole")
    return WHOLE


if __name__ == "__main__":
    sys.exit(main())
