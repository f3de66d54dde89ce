"""Setting a flag for everyone or for one company."""

from django.db import transaction

from appointments.models import Company, FlagSetting
from features.models import CompanyFlag


def set_flag(*, flag: CompanyFlag, company: Company | None, to: bool | None) -> None:
    """Set a flag, for one company or, without one, for everyone; to None: as if never set.

    The next function call of any process hears it: what is cached is dropped with the commit.
    """
    with transaction.atomic():
        if company is None:
            flag.everyone = to
            flag.save()
            return
        if to is None:
            for row in FlagSetting.objects.filter(flag=flag, company=company):
                row.delete()  # not by query: the row tells the cache
            return
        FlagSetting.objects.update_or_create(flag=flag, company=company, defaults={"is_on": to})
