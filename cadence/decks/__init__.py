"""Decks: what a review looks at, as blocks of plain values; on a page, on paper, as a PDF."""
