"""YAML that remembers its lines, so that a fault can be named by where it is."""

from collections.abc import Collection, Iterable
from typing import Any

import yaml


class ConfigError(ValueError):
    """What is wrong with a configuration, with its line where there is one."""


class Lined(dict[str, Any]):
    """A mapping that knows the line on which it begins, and that of each of its keys."""

    line: int
    lines: dict[str, int]

    def fault(self, message: str, key: str = "") -> ConfigError:
        return ConfigError(f"Line {self.lines.get(key, self.line)}: {message}")


class _Loader(yaml.SafeLoader):
    """SafeLoader, with `Lined` for every mapping. A date stays as it was written."""

    yaml_implicit_resolvers = {
        first: [(tag, regexp) for tag, regexp in rules if tag != "tag:yaml.org,2002:timestamp"]
        for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def _mapping(loader: _Loader, node: yaml.MappingNode) -> Iterable[Lined]:
    found = Lined()
    found.line, found.lines = node.start_mark.line + 1, {}
    yield found
    for key_node, value_node in node.value:
        key, line = str(key_node.value), key_node.start_mark.line + 1
        if key in found:
            raise ConfigError(f"Line {line}: “{key}” is there twice.")
        found.lines[key] = line
        found[key] = loader.construct_object(value_node, deep=True)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read_yaml(text: str) -> Lined:
    """The mapping that a YAML document is. Raises ConfigError."""
    try:
        found = yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError(f"Line {line}: this is not YAML: {error.problem}.") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        if isinstance(error, ConfigError):
            raise
        raise ConfigError(f"This is not YAML: {' '.join(str(error).split())[:200]}") from error
    if not isinstance(found, Lined):
        raise ConfigError("Line 1: a configuration has the sections setup, metrics and deck.")
    return found


def mapping(place: Lined, key: str, known: Collection[str], needed: Collection[str] = ()) -> Lined:
    """The mapping under a key, which has no key but the known ones."""
    found = place.get(key)
    if not isinstance(found, Lined):
        raise place.fault(f"“{key}” has {', '.join(sorted(needed or known))}.", key)
    check_keys(found, known, needed)
    return found


def check_keys(found: Lined, known: Collection[str], needed: Collection[str] = ()) -> None:
    for name in found:
        if name not in known:
            raise found.fault(f"“{name}” is not known here; known are {', '.join(known)}.", name)
    for name in needed:
        if name not in found:
            raise found.fault(f"“{name}” is missing.")


def text(place: Lined, key: str) -> str:
    """The text under a key; empty when it is not there."""
    found = place.get(key)
    if found is None:
        return ""
    if isinstance(found, dict | list):
        raise place.fault(f"“{key}” is a text.", key)
    return str(found)


def choice(place: Lined, key: str, known: Collection[str], default: str = "") -> str:
    found = text(place, key) or default
    if found not in known:
        raise place.fault(f"“{key}” is one of {', '.join(known)}.", key)
    return found
