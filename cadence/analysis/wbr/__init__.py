"""Weekly business review decks: weeks, months and totals of daily figures, by a configuration
file as the wbr-app of Working Backwards writes them."""
