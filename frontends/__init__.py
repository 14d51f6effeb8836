"""Ways to make a relay module: the builder and the model zoo."""
