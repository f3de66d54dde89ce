"""What gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from appointments.public_holidays import public_holidays
from booking_site import celery_app

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "booking_site.settings")
application = get_wsgi_application()

# Now, not while the first caller waits: every view with all it imports, the library of public
# holidays, whose first answer takes half a second whatever the state and year, and the broker.
get_resolver().url_patterns  # noqa: B018 -- read for its effect
public_holidays("BE", 2026)
celery_app.finalize()
celery_app.connection_for_write().get_transport_cls()
