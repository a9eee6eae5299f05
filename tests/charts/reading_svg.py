"""Reads a chart back, the way a browser would."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element, fromstring

NS = "{http://www.w3.org/2000/svg}"


def parsed(svg: str) -> Element:
    """The root of a well-formed chart that carries no style of its own."""
    root = fromstring(svg)
    assert root.tag == f"{NS}svg"
    for element in root.iter():
        assert "style" not in element.attrib
        assert element.tag not in {f"{NS}style", f"{NS}script"}
        assert not [name for name in element.attrib if name.startswith("on")]
        assert "nan" not in " ".join(element.attrib.get(name, "") for name in ("d", "x", "y", "cx"))
    return root


def of_class(root: Element, name: str) -> list[Element]:
    return [each for each in root.iter() if name in each.get("class", "").split()]


def words(root: Element) -> list[str]:
    return [each.text or "" for each in root.iter(f"{NS}text")]


def names(elements: list[Element]) -> Iterator[str]:
    """What each says to those who cannot see it; the tooltip says the same."""
    for each in elements:
        assert each.findtext(f"{NS}title") == each.get("aria-label")
        yield each.get("aria-label", "")
