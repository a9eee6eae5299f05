"""The pages keep to the content security policy: nothing inline, nothing from elsewhere."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STYLES = sorted((ROOT / "cadence/static/cadence/css").glob("*.css"))
INLINE = re.compile(
    r"\sstyle\s*=|<style|\son[a-z]+\s*=\s*[\"']|javascript:|<script(?![^>]*\ssrc=)", re.I
)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_has_nothing_inline(path: Path) -> None:
    assert not INLINE.search(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_a_style_sheet_stands_in_a_layer_and_asks_nobody(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "@layer" in text
    assert "url(" not in text
    assert "@import" not in text


def test_every_style_sheet_is_linked() -> None:
    linked = (ROOT / "templates/components/_styles.html").read_text(encoding="utf-8")
    assert all(f"cadence/css/{path.name}" in linked for path in STYLES)
