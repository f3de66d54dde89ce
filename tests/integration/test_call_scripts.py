"""Every script of the project, played over HTTP against this very site."""

import re
from pathlib import Path

import pytest

from booking_site.demo.knobs import Knobs
from booking_site.simulated_calls.backstage import Backstage
from booking_site.simulated_calls.playing import Player
from booking_site.simulated_calls.reading import read_script
from calcom.simulator import Simulator
from tests.conftest import committing
from voice import statuses
from voice.functions import FUNCTIONS

ROOT = Path(__file__).parents[2]
SCRIPTS = [
    read_script(path=path, root=ROOT) for path in sorted(ROOT.glob("call_scripts/**/*.yaml"))
]
# What no script can bring about at will: a bug of ours, and two requests that race.
NOT_PLAYED = {"technical_problem", "try_again_in_a_moment"}


@pytest.fixture(scope="module")
def backstage():
    """One simulated Cal.com for all scripts; each brings a salon of its own."""
    with Simulator() as simulator:
        yield Backstage(Knobs(simulator.url))


@committing
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_the_call_goes_as_its_script_says(script, backstage, live_server, settings):
    settings.CALCOM_API_URL = backstage.knobs.url
    settings.RETELL_API_KEY = "key_of_the_platform"
    player = Player(
        url=live_server.url,
        open_scene=backstage.open_scene,
        work=backstage.work,
        knobs=backstage.knobs,
        judges_time=False,
    )

    played = player.play(script)

    told = [
        f"line {turn.turn.place.line}, {turn.what}: {problem}"
        for turn in played.turns
        for problem in turn.problems
    ]
    assert (played.skipped, told, played.problems) == ("", [], [])


def played_statuses() -> set[tuple[str, str]]:
    """Return function and status of every answer a script expects."""
    played = set()
    for script in SCRIPTS:
        for turn in script.turns:
            if turn.answer and turn.function:
                name = re.sub(r"_v\d+$", "", turn.function)
                function = FUNCTIONS[name].name if name in FUNCTIONS else name
                expected = {turn.answer.status or "", *turn.answer.statuses}
                played |= {(function, status) for status in expected}
    return played


def test_every_status_a_function_has_for_itself_is_played():
    own = {
        (function.name, status)
        for function in FUNCTIONS.values()
        for status in {*statuses.OF_FUNCTION[function.name]} - {*statuses.WISH}
        if status not in NOT_PLAYED
    }

    assert own - played_statuses() == set()


def test_every_status_that_functions_share_is_played():
    shared = {*statuses.WISH, *statuses.ALWAYS} - NOT_PLAYED

    assert shared - {status for _, status in played_statuses()} == set()
