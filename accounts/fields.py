"""Text that both databases store alike.

SQLite keeps an over-long text, a NUL or half a surrogate pair that PostgreSQL refuses, so
every text of a person is cleaned and checked here, before either database sees it.
"""

import unicodedata


class TextError(ValueError):
    """Why a text is refused, as a sentence for the person who typed it."""


def clean_text(text: object, *, longest: int, lines: bool = False, needed: bool = True) -> str:
    """The text without space at its ends, in Unicode form NFC, at most ``longest`` characters.

    Raises TextError when it is not a text, is blank though needed, is too long, or holds
    characters that cannot be stored (NUL, control characters, unpaired surrogates).
    ``lines`` allows line breaks and tabs.
    """
    if not isinstance(text, str):
        raise TextError("This must be a text.")
    if len(text) > longest * 4:
        raise TextError(f"This is too long: at most {longest} characters, not {len(text)}.")
    cleaned = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    allowed = {"\n", "\t"} if lines else set()
    for character in cleaned:
        if character in allowed:
            continue
        category = unicodedata.category(character)
        if category == "Cs":
            raise TextError("This holds half a character (an unpaired surrogate).")
        if category == "Cc" or category in {"Zl", "Zp"}:
            raise TextError("This holds a control character that cannot be stored.")
    # A name of zero-width characters looks empty to everybody who reads it.
    if needed and not any(unicodedata.category(c)[0] not in "ZC" for c in cleaned):
        raise TextError("This cannot be blank.")
    if len(cleaned) > longest:
        raise TextError(f"This is too long: at most {longest} characters, not {len(cleaned)}.")
    return cleaned
