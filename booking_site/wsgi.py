"""What gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "booking_site.settings")
application = get_wsgi_application()

# Now, not while the first caller waits: every view, and all it imports.
get_resolver().url_patterns  # noqa: B018 -- read for its effect
