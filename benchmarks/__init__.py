"""How fast it is, as ratios to references built in the same run: `make bench`."""
