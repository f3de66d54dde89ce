"""The life of a call as the platform tells it."""
