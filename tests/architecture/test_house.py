"""The rules of the house that no linter knows."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
CONCEPTS = (
    "initiatives",
    "ownership",
    "people",
    "metrics",
    "breaches",
    "reviews",
    "decisions",
    "escalations",
    "evaluation",
    "ledger",
    "answers",
)
PURE = ("calendar", "charts")
LONGEST = 400
CLOCKS = {"now", "today", "utcnow", "localdate", "localtime"}
# Verbs without an entry of their own in the ledger, and why.
WITHOUT_ENTRY = {
    "cadence.answers.actions.answer_once": "What it is asked to do writes its own.",
}


def files(*folders: str) -> list[Path]:
    found = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    return sorted(path for path in found if "migrations" not in path.parts)


CODE = files("accounts", "cadence", "config", "tests")
OF_CONCEPTS = files("accounts", *(f"cadence/{name}" for name in (*CONCEPTS, *PURE)))


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def place(path: Path, node: ast.stmt | ast.expr) -> str:
    return f"{path.relative_to(ROOT)}:{node.lineno}"


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    sources = [
        *CODE,
        *(ROOT / "cadence/static").rglob("*.js"),
        *(ROOT / "cadence/static").rglob("*.css"),
        *(ROOT / "templates").rglob("*.html"),
    ]
    lengths = {path: len(path.read_text().splitlines()) for path in sources}
    too_long = {str(path.relative_to(ROOT)): n for path, n in lengths.items() if n > LONGEST}
    assert too_long == {}


def test_no_function_imports() -> None:
    found = [
        place(path, inner)
        for path in files("accounts", "cadence", "config")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert found == []


def test_no_concept_reads_the_clock() -> None:
    found = [
        place(path, node)
        for path in OF_CONCEPTS
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in CLOCKS
        and isinstance(node.func.value, ast.Name | ast.Attribute)
        and ast.unparse(node.func.value).split(".")[-1] in {"datetime", "date", "timezone"}
    ]
    assert found == []


def test_no_model_has_a_save_of_its_own() -> None:
    found = [
        f"{model.__name__}.{name}"
        for label in ("accounts", "cadence")
        for model in apps.get_app_config(label).get_models()
        for name in ("save", "delete", "clean", "full_clean")
        if name in vars(model)
    ]
    assert found == []


def test_there_are_no_signals_but_the_two_that_keep_the_guards() -> None:
    found = [
        place(path, node)
        for path in files("accounts", "cadence")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).split(".")[-1] in {"connect", "receiver"}
        # To a database.
        and ast.unparse(node.func) not in {"psycopg.connect", "sqlite3.connect"}
    ]
    assert [entry.split(":")[0] for entry in found] == ["cadence/apps.py"] * 2


# Every verb writes to the ledger: a function of a concept that takes `actor` and `at`, or `at` in
# a transaction, calls `append` or a function that does.

Function = tuple[str, str]  # module and name


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


@cache
def functions() -> dict[Function, ast.FunctionDef]:
    return {
        (module_of(path), node.name): node
        for path in files(*(f"cadence/{name}" for name in CONCEPTS))
        for node in parsed(path).body
        if isinstance(node, ast.FunctionDef)
    }


@cache
def known_names(module: str) -> dict[str, Function]:
    """What a name in the module stands for: a function of it, or one that was imported."""
    path = ROOT / Path(*module.split(".")).with_suffix(".py")
    imported = {
        (alias.asname or alias.name): (node.module or "", alias.name)
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    own = {name: (where, name) for where, name in functions() if where == module}
    return imported | own


def called(function: Function) -> Iterator[Function]:
    names = known_names(function[0])
    for node in ast.walk(functions()[function]):
        match node:
            case ast.Call(func=ast.Name(id=name)):
                target = names.get(name)
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attribute)):
                # `actions.activate(…)` after `from cadence.ownership import actions`
                target = (".".join(names[name]), attribute) if name in names else None
            case _:
                continue
        if target in functions():
            yield target


def reaches_the_ledger(function: Function) -> bool:
    seen: set[Function] = set()
    waiting = [function]
    while waiting:
        current = waiting.pop()
        if current == ("cadence.ledger.actions", "append"):
            return True
        if current not in seen:
            seen.add(current)
            waiting.extend(called(current))
    return False


def is_verb(node: ast.FunctionDef) -> bool:
    keywords = {argument.arg for argument in node.args.kwonlyargs}
    atomic = any(ast.unparse(one) == "transaction.atomic" for one in node.decorator_list)
    return node.name[0] != "_" and "at" in keywords and ("actor" in keywords or atomic)


VERBS = sorted(function for function, node in functions().items() if is_verb(node))


@pytest.mark.parametrize("verb", VERBS, ids=".".join)
def test_every_verb_writes_to_the_ledger(verb: Function) -> None:
    name = ".".join(verb)
    assert reaches_the_ledger(verb) != (name in WITHOUT_ENTRY), name


def test_there_are_verbs() -> None:
    assert len(VERBS) > 30
    assert WITHOUT_ENTRY.keys() <= {".".join(verb) for verb in VERBS}
