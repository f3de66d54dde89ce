"""`manage.py demo`: the product does what it is for, watched by a stranger."""
