"""One YAML file describes a company: reading it, and bringing the database to what it says."""

from booking_site.documents.problems import DocumentError, Problem
from booking_site.salon_file.entries import SalonFile
from booking_site.salon_file.loading import Loaded, load_salon_file
from booking_site.salon_file.reading import read_salon_file

__all__ = [
    "DocumentError",
    "Loaded",
    "Problem",
    "SalonFile",
    "load_salon_file",
    "read_salon_file",
]
