"""The few elements a chart is made of, escaped and well-formed."""

import re
from collections.abc import Iterable
from html import escape

# XML 1.0, section 2.2: what is not in Char may not stand in a document, not even as a reference.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

FONT = "ui-sans-serif, system-ui, sans-serif"
INK = "#1c1e22"
MUTED = "#5d6168"
LINE = "#e3dfd4"
BREACH = "#a8201a"
ACCENT = "#17594f"
ACCENT_SOFT = "#e2efec"
"""Plain colours for where no style sheet reaches, as in mail. In a page the classes win."""


class Svg(str):
    """Finished, escaped SVG. A template prints it as it is, without `safe`."""

    __slots__ = ()

    def __html__(self) -> str:
        return self


def clean(text: str) -> str:
    """`text` without what XML forbids, escaped for content and for attributes."""
    return escape(_NOT_XML.sub("", text), quote=True)


def px(value: float) -> str:
    """A coordinate with at most one decimal: `12`, `12.5`."""
    return f"{round(value, 1) + 0.0:.1f}".removesuffix(".0")  # + 0.0 turns -0.0 into 0.0


def tag(name: str, body: str = "", /, **attributes: str | float | None) -> str:
    """One element. `body` is markup; values are escaped; `class_` is class, `x_y` is x-y."""
    parts = [name]
    for key, value in attributes.items():
        if value is None:
            continue
        text = clean(value) if isinstance(value, str) else px(value)
        parts.append(f'{key.rstrip("_").replace("_", "-")}="{text}"')
    opening = " ".join(parts)
    return f"<{opening}>{body}</{name}>" if body else f"<{opening}/>"


def title(text: str) -> str:
    """The name of the element it is the first child of; browsers show it as a tooltip."""
    return f"<title>{clean(text)}</title>"


def text(
    words: str, x: float, y: float, *, class_: str | None = None, anchor: str | None = None
) -> str:
    """A line of text, its baseline at `y`."""
    return tag(
        "text",
        clean(words),
        class_=class_,
        x=x,
        y=y,
        text_anchor=anchor,
        fill=BREACH if class_ and "threshold" in class_ else MUTED,
        font_size="11",
        font_family=FONT,
    )


def path(points: Iterable[tuple[float, float]]) -> str:
    """Path data through `points`."""
    return "M" + "L".join(f"{px(x)} {px(y)}" for x, y in points)


def triangle(x: float, y: float, size: float, *, down: bool) -> str:
    """Path data of a triangle about (x, y), `size` from its middle to a corner."""
    tip = size if down else -size
    return path([(x - size, y - tip * 0.7), (x + size, y - tip * 0.7), (x, y + tip)]) + "Z"


def diamond(x: float, y: float, size: float) -> str:
    """Path data of a square on its corner."""
    return path([(x, y - size), (x + size, y), (x, y + size), (x - size, y)]) + "Z"


def document(
    body: str, *, class_: str, label: str, width: int, height: int, role: str = "img"
) -> Svg:
    """The whole picture, `width` by `height` in user units, named by `label`."""
    name = clean(label)
    return Svg(
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{class_}" role="{role}" '
        f'aria-label="{name}" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
        f"<title>{name}</title>{body}</svg>"
    )
