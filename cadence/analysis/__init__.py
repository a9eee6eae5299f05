"""Signal or noise: the arithmetic of process behaviour. Pure, and exact."""
