"""Everything that writes. One module per subject; the names others use are here."""
