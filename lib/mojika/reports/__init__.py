"""What one looks at to know a model: numbers, mistakes and certainty, as an offline page and the tables behind it."""
