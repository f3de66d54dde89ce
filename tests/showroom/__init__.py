"""A lived-in salon, all of it invented: what a stranger looks at, and pictures are taken of."""
