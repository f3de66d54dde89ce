"""YAML documents that people write: every problem is found, with its line, key and remedy."""
