"""Calls as scripts: what is said, what functions answer, and what is true afterwards."""
