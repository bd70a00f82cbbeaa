"""What the documents name is there: every path, module, function, page, command and Romanian word.

Checked are the words in backticks of README, CONTRIBUTING and docs/*.md, outside blocks of code. The decisions in
docs/adr are of their day and stay as they are.
"""

from __future__ import annotations

import ast
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

from issuance.commands import COMMANDS
from issuance.web.frame import catalogues
from issuance.web.words.events.acts import ACTS, MORE_ACTS

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
CODE = ("app.py", "issuance", "printing", "card_drivers", "verify", "migrations", "tests")
BLOCK = re.compile(r"^```.*?^```$|^    .*?$", re.M | re.S)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)[^)]*\)")
PATH = re.compile(r"[\w.*-]+(/[\w.*-]+)+/?|[\w-]+(/[\w.*-]+)*/|[\w-]+\.(py|md|toml|html|js|css|txt|po|json|csv|sql)")
DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+(\(\))?")
FUNCTION = re.compile(r"[a-z_]\w*\(\)")
MADE = re.compile(
    r"^(DIR|ORDERS|LIMAN_VAR|var|keys|in|out|inbox|outbox|sent|refused|records)/"
    r"|NAME|WING|CODE|NNNN|\.(pem|png|p7m)$|^(document\.pdf|settings\.json|name\.toml)$"
)
"""Paths that are not in the tree: those a reader makes, and those a running office or station writes."""

RECEIVERS = {
    "act": "issuance.acts.Act",
    "form": "issuance.web.frame.forms.Form",
    "look": "issuance.acts.Look",
    "office": "issuance.office.Office",
    "order": "card_drivers.order",
    "vault": "issuance.vault.Vault",
}
"""What a document calls by the name that the code gives it."""

READ_ELSEWHERE = {"law.md"}
"""tests/unit/law reads its acts, tests and keys."""


def spans(document: Path) -> list[str]:
    """The words in backticks of a document."""
    return SPAN.findall(BLOCK.sub("", document.read_text("utf-8")))


@cache
def names() -> dict[str, frozenset[str]]:
    """Every module of the tree, with what is defined in it: `Act.record`, `lodge`, `ANY_ROLE`."""
    files = [path for tree in CODE for path in sorted((ROOT / tree).rglob("*.py") or []) or [ROOT / tree]]
    found = {}
    for path in files:
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        found[module] = frozenset(defined(ast.parse(path.read_text("utf-8")).body))
    return found


def defined(body: list[ast.stmt], prefix: str = "") -> list[str]:
    """What statements define, members of classes included."""
    found: list[str] = []
    for node in body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                found.append(prefix + node.name)
            case ast.ClassDef():
                found += [prefix + node.name, *defined(node.body, f"{prefix}{node.name}.")]
            case ast.Assign(targets=named):
                found += [prefix + each.id for one in named for each in ast.walk(one) if isinstance(each, ast.Name)]
            case ast.AnnAssign(target=ast.Name() as each):
                found.append(prefix + each.id)
    return found


def is_name(dotted: str) -> bool:
    """Whether some module whose name ends so has it: `lodging.lodge`, `casework.lodging.lodge`, `acts.Act.record`."""
    first, _, rest = dotted.partition(".")
    wanted = f"{RECEIVERS.get(first, first)}.{rest}"
    for module, inside in names().items():
        parts = f".{module}"
        for end in [match.start() for match in re.finditer(r"\.", wanted)] + [len(wanted)]:
            if parts.endswith(f".{wanted[:end]}") and (end == len(wanted) or wanted[end + 1 :] in inside):
                return True
    return wanted in packages() or is_member(dotted)


def is_member(dotted: str) -> bool:
    """Whether it is a class with a member, wherever the class is: `Profile.sequence`."""
    return dotted[0].isupper() and any(dotted in inside for inside in names().values())


@cache
def packages() -> frozenset[str]:
    """The folders of code, by dotted name."""
    return frozenset(
        ".".join(path.parent.relative_to(ROOT).parts) for tree in CODE for path in (ROOT / tree).rglob("__init__.py")
    )


@cache
def functions() -> frozenset[str]:
    """The last names of everything that is defined anywhere."""
    return frozenset(name.rpartition(".")[2] for inside in names().values() for name in inside)


@cache
def keys() -> frozenset[str]:
    """The keys of the document types, dotted: `rules.hand_over`."""
    found: set[str] = set()

    def walk(value: object, prefix: str) -> None:
        for one in value if isinstance(value, list) else [value]:
            for key, inner in one.items() if isinstance(one, dict) else ():
                found.add(f"{prefix}{key}")
                walk(inner, f"{prefix}{key}.")

    for path in (ROOT / "issuance" / "document_types").glob("*.toml"):
        walk(tomllib.loads(path.read_text("utf-8")), "")
    return frozenset(found)


@cache
def file_names() -> frozenset[str]:
    """The bare names of the files of the tree."""
    trees = (*CODE, "docs", "templates", "static", "translations")
    return frozenset(path.name for tree in trees for path in (ROOT / tree).rglob("*")) | {
        path.name for path in ROOT.iterdir()
    }


def is_path(text: str, document: Path) -> bool:
    """Whether files of this name are in the tree: from its root, beside the document, or by their bare name."""
    if "/" not in text and "*" not in text:
        return text in file_names()
    places = (ROOT, document.parent, *(ROOT / tree for tree in ("templates", "issuance", "issuance/web")))
    return any(any(place.glob(text.rstrip("/"))) for place in places)


def is_page(address: str) -> bool:
    """Whether `/status` is the address of a page."""
    routes = [line.split()[1] for line in (ROOT / "tests" / "web" / "routes.txt").read_text().splitlines()]
    return any(route.startswith(address.rstrip("/")) for route in routes) or address in ("/", "/oversight")


def absent(document: Path) -> list[str]:
    """The names of a document that are nowhere."""
    found = []
    for span in spans(document):
        if MADE.search(span):
            continue
        if re.fullmatch(r"/[a-z/-]+", span):
            there = is_page(span)
        elif PATH.fullmatch(span):
            there = is_path(span, document)
        elif DOTTED.fullmatch(span):
            name = span.removesuffix("()")
            macro = name.startswith("ui.") and f"macro {name[3:]}(" in macros()
            there = macro or name in ACTS | MORE_ACTS or name in keys() or is_name(name)
        elif FUNCTION.fullmatch(span):
            there = span.removesuffix("()") in functions()
        else:
            continue
        found += [] if there else [span]
    return found


@cache
def macros() -> str:
    """The parts pages are made of."""
    return (ROOT / "templates" / "macros.html").read_text("utf-8")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_what_a_document_names_is_there(document: Path) -> None:
    if document.name not in READ_ELSEWHERE:
        assert absent(document) == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_what_a_document_links_to_is_there(document: Path) -> None:
    links = LINK.findall(document.read_text("utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_a_name_that_is_nowhere_is_noticed(tmp_path: Path) -> None:
    wrong = ["issuance/nowhere.py", "lodging.lodged", "desk.papers.recept", "request.lodge", "/stat", "nothing_such()"]
    right = ["issuance/acts.py", "lodging.lodge", "desk.papers.receipt", "request.lodged", "/status", "produce()"]
    document = tmp_path / "page.md"
    document.write_text(" ".join(f"`{name}`" for name in [*wrong, *right]), "utf-8")
    assert absent(document) == [name for name in wrong if name != "/stat"]


def test_readme_has_every_command() -> None:
    told = (ROOT / "README.md").read_text("utf-8")
    assert [command.name for command in COMMANDS if not re.search(rf"`[^`\n]*\b{command.name}\b", told)] == []


def test_readme_has_every_wing() -> None:
    """The tree of README: a folder stands under its package, two spaces deeper."""
    shown, above = set(), list[str]()
    tree = re.search(r"^```\n(app\.py.+?)^```$", (ROOT / "README.md").read_text("utf-8"), re.M | re.S)
    assert tree is not None
    for line in tree[1].splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        line_of_names = re.split("  +", line.strip())[0].split()
        for name in line_of_names:
            path = "".join([*above[:depth], name])
            assert (ROOT / path).exists(), path
            shown.add(path.rstrip("/"))
        above[depth:] = line_of_names[-1:]
    assert set(wings()) - shown == set()


def wings() -> list[str]:
    """The folders of code that have a name of their own: the packages, and inside them one or two floors down."""
    floors = ("*", "issuance/*", "issuance/services/*", "issuance/web/*", "printing/*", "card_drivers/*")
    found = [path.parent.relative_to(ROOT).as_posix() for floor in floors for path in ROOT.glob(f"{floor}/__init__.py")]
    return [path for path in found if not path.startswith("tests")]


# Words


def words() -> list[tuple[str, str]]:
    """The glossary's English and Romanian."""
    text = (ROOT / "docs" / "words.md").read_text("utf-8")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    return [(row[0], row[1]) for row in rows if len(row) == 4 and row[0] not in ("English", "---")]


@cache
def romanian() -> str:
    """Everything that the pages, the document types and the papers say in Romanian."""
    catalogue = catalogues.read(catalogues.FOLDER / "ro" / "LC_MESSAGES" / "messages.po")
    data = [*ROOT.glob("issuance/document_types/*.toml"), *ROOT.glob("printing/papers/*.toml")]
    return "\n".join([*(str(message.string) for message in catalogue), *(path.read_text("utf-8") for path in data)])


@pytest.mark.parametrize(("english", "said"), words(), ids=lambda text: text)
def test_a_word_is_said_so_in_romanian(english: str, said: str) -> None:
    if said != "—" and not said.endswith("(not on a page)"):
        assert re.search(rf"(?i)(?<!\w){re.escape(said)}", romanian()), f"{english}: nobody says {said}"


def test_the_glossary_is_found() -> None:
    assert {"holder", "lodging", "seal", "wing"} <= {english for english, _ in words()}
