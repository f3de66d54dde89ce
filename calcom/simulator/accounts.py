"""Who is asking: GET /v2/me."""

from calcom.simulator.answers import Answer, success
from calcom.simulator.call import Call


def get_me(call: Call) -> Answer:
    me = call.owner
    return success(
        {
            "id": me.id,
            "username": me.username,
            "email": me.email,
            "name": me.name,
            "avatarUrl": None,
            "bio": None,
            "timeFormat": 24,
            "defaultScheduleId": me.default_schedule_id,
            "weekStart": "Monday",
            "timeZone": me.time_zone,
            "organizationId": None,
        }
    )
