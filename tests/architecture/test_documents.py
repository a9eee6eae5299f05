"""The documents say what is: their links, commands and names exist, and nothing is left out."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import get_commands

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
DOCUMENTS = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
# A command stands in `backticks` or on an indented line of its own.
COMMAND = re.compile(
    r"(?:`|^(?: {4}|\t)+(?:\$ )?)(?:\.venv/bin/)?(cadence|make|manage\.py) ([a-z][a-z-]*)", re.M
)
READ = re.compile(r"[a-z]\(\s*\"([A-Z][A-Z_]{3,})\"")
LISTED = re.compile(r"`([A-Z][A-Z_]{3,})`")
# Values of CADENCE_LOG_LEVEL stand beside the names, in the same type.
LEVELS = {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}
each_document = pytest.mark.parametrize(
    "path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT))
)


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def links(path: Path) -> Iterator[tuple[Path, str]]:
    """Files that a document links to inside the project, and the anchor in each or nothing."""
    for target in LINK.findall(text_of(path)):
        if not re.match(r"[a-z]+:", target):
            file, _, anchor = target.partition("#")
            yield ((path.parent / file).resolve() if file else path), anchor


def anchors(path: Path) -> set[str]:
    """The anchors that a forge makes of the headings."""
    headings = re.findall(r"^#+ (.+)$", text_of(path), re.M)
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}


def commands(path: Path) -> set[tuple[str, str]]:
    return set(COMMAND.findall(text_of(path)))


@each_document
def test_what_a_document_links_to_is_there(path: Path) -> None:
    broken = [
        f"{file.name}#{anchor}" if anchor else str(file)
        for file, anchor in links(path)
        if not file.exists() or (anchor and anchor not in anchors(file))
    ]
    assert broken == []


@each_document
def test_a_command_that_a_document_names_is_there(path: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", text_of(ROOT / "Makefile"), re.M))
    there = {"make": targets, "cadence": set(get_commands()), "manage.py": set(get_commands())}
    unknown = [
        f"{program} {name}" for program, name in commands(path) if name not in there[program]
    ]
    assert unknown == []


def test_every_command_is_in_a_document() -> None:
    ours = {path.stem for path in (ROOT / "cadence/management/commands").glob("[a-z]*.py")}
    named = {name for path in DOCUMENTS for program, name in commands(path) if program == "cadence"}
    assert ours - named == set()


def test_the_readme_leads_to_every_document() -> None:
    found, waiting = set(), [ROOT / "README.md", ROOT / "ARCHITECTURE.md"]
    while waiting:
        path = waiting.pop()
        if path not in found and path.exists():
            found.add(path)
            if path.suffix == ".md":
                waiting += [file for file, _ in links(path)]
    folders = {path for path in found if path.is_dir()}
    lost = [path.name for path in DOCUMENTS if path not in found and path.parent not in folders]
    assert lost == []


def test_every_file_beside_the_documents_is_named_in_one() -> None:
    words = "\n".join(text_of(path) for path in DOCUMENTS)
    beside = [path for path in DOCS.rglob("*") if path.is_file() and path.suffix != ".md"]
    assert [path.name for path in beside if path.name not in words] == []


def test_every_package_has_its_line_in_the_architecture() -> None:
    tree = text_of(ROOT / "ARCHITECTURE.md").split("```")[1]
    packages = [path.parent for path in (ROOT / "cadence").rglob("__init__.py")]
    unnamed = [
        str(path.relative_to(ROOT))
        for path in [*packages, ROOT / "accounts", ROOT / "config"]
        if not re.search(rf"^ *{path.name}/", tree, re.M)
    ]
    assert unnamed == []


def test_the_architecture_names_no_folder_that_is_not_there() -> None:
    tree = text_of(ROOT / "ARCHITECTURE.md").split("```")[1]
    above: list[tuple[int, Path]] = []
    missing = []
    for spaces, name in re.findall(r"^( *)([\w.]+)/(?: |$)", tree, re.M):
        above = [(depth, path) for depth, path in above if depth < len(spaces)]
        here = (above[-1][1] if above else ROOT) / name
        above.append((len(spaces), here))
        if not here.is_dir():
            missing.append(str(here.relative_to(ROOT)))
    assert missing == []


def test_every_variable_that_is_read_is_in_the_configuration_and_no_other() -> None:
    read = {name for path in (ROOT / "config").glob("*.py") for name in READ.findall(text_of(path))}
    assert len(read) > 20
    listed = set(LISTED.findall(text_of(DOCS / "configuration.md")))
    assert listed - LEVELS == read - {"DJANGO_SETTINGS_MODULE"}


def test_every_decision_is_in_the_list_of_decisions() -> None:
    numbered = sorted((DOCS / "decisions").glob("0*.md"))
    listed = [file for file, _ in links(DOCS / "decisions" / "README.md")]
    assert listed == numbered
    assert [path.name[:4] for path in numbered] == [f"{n:04}" for n in range(1, len(numbered) + 1)]
