"""What metrics do by chance: natural limits, from where somebody had them computed anew."""
