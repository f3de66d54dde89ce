"""The way in for Cal.com: check the signature, keep what it says, answer. Nothing else."""

import hashlib
import hmac
import json
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from kombu.exceptions import OperationalError

from appointments.models import Company
from calcom.inbound import deliveries
from calcom.tasks import process_webhook

log = structlog.get_logger(__name__)


@csrf_exempt  # signed, and no browser sends it
@require_POST
def receive(request: HttpRequest, slug: str) -> JsonResponse:
    """POST /api/calcom/webhook/<company-slug>/: one webhook of Cal.com.

    200 once it is kept, and again for the same body. 404 unknown company, 413 too large, 401
    unsigned or no secret configured, 400 unreadable; of these nothing is kept.
    """
    company = Company.objects.filter(slug=slug).first()
    if company is None:
        return JsonResponse({"error": "unknown_company"}, status=404)
    raw = request.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
    if len(raw) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        return JsonResponse({"error": "too_large"}, status=413)
    signature = request.headers.get("X-Cal-Signature-256", "")
    if not is_signed(raw, signature, secret=company.calcom_webhook_secret):
        log.warning("calcom.webhook_unsigned", company_id=company.pk)
        return JsonResponse({"error": "unsigned"}, status=401)
    body = _parse(raw)
    if body is None:
        return JsonResponse({"error": "unreadable"}, status=400)
    with transaction.atomic():
        delivery, is_new = deliveries.keep(company, raw=raw, body=body, now=timezone.now())
        if is_new:
            _ring(delivery.pk)
    return JsonResponse({"status": "accepted" if is_new else "duplicate"})


def is_signed(raw: bytes, signature: str, *, secret: str) -> bool:
    """Whether a body carries its signature: hex HMAC-SHA256 over the raw bytes."""
    if not secret:
        return False
    expected = hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode())


def _parse(raw: bytes) -> dict[str, Any] | None:
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def _ring(delivery_id: int) -> None:
    """Call for it to be dealt with at once; if that is lost, the sweep does."""

    def ring() -> None:
        try:
            process_webhook.delay(delivery_id)
        except (OperationalError, OSError) as error:
            log.warning("calcom.webhook_not_sent", delivery_id=delivery_id, why=str(error))

    transaction.on_commit(ring, robust=True)
