"""The whole description: operations by drf-spectacular, with the schemas they point to."""

from typing import Any

from drf_spectacular.generators import SchemaGenerator

from booking_site.api.objects import schemas
from booking_site.api.operations import patterns


class Generator(SchemaGenerator):
    """Describes our operations, whichever urlconf it is started with."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs | {"patterns": patterns()})  # type: ignore[no-untyped-call]  # the library's

    def get_schema(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        described: dict[str, Any] = super().get_schema(*args, **kwargs)  # type: ignore[no-untyped-call]
        described["components"].setdefault("schemas", {}).update(schemas())
        return described
