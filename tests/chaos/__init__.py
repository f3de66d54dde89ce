"""A fault campaign: all that can go wrong at once, and what must be true afterwards."""
