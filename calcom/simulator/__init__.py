"""A simulated Cal.com for development and tests; what it offers is in docs/simulator.md.

    with Simulator() as simulator:
        simulator.seed(
            users=[{"id": 7001, "name": "Mara"}],
            event_types=[{"id": 3001, "title": "Cut", "slug": "cut", "lengthInMinutes": 55,
                          "hosts": [7001]}],
            api_keys={"cal_test_salon": 7001},
        )
        simulator.add_fault("create_then_500", times=1)
        ...  # talk to simulator.url as if it were https://api.cal.com
        simulator.requests(path="/v2/bookings$", method="POST")
        simulator.bookings()

The same knobs are at `/_simulator/…` of the same address, without a key:

    GET  /                          all of this, with the switches as they are
    POST /reset                     forget everything
    POST /seed                      users, teams, event_types, api_keys, webhooks [, account]
    POST /faults, GET, DELETE       kind [, method, path, event_type_id, trigger, times,
                                    probability, seconds, status, body, retry_after]
    POST /faults/mix                probability [, seed, kinds, longest_seconds]
    POST /foreign_bookings          event_type_id, start [, attendee, lengthInMinutes]
    POST /foreign_bookings/{uid}/move    start
    DELETE /foreign_bookings/{uid}  [request_reschedule]
    GET  /deliveries, DELETE        ?trigger=&uid=
    POST /deliveries                [sequences]
    GET  /requests, DELETE          ?path=&method=
    GET  /bookings                  cancelled ones included
    POST /clock                     now: ISO 8601 or null
    POST /latency                   milliseconds
    POST /switches                  the fields of `world.Switches`
"""

from calcom.simulator.running import KnobError, Simulator

__all__ = ["KnobError", "Simulator"]
