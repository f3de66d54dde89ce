"""Figures of the salons: what is going on, how well it goes, and what is wrong."""
