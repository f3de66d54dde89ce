"""Playing a script: one turn after the other, over signed HTTP, as the platform would."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from statistics import median
from threading import Barrier
from typing import Any

import requests
from django.conf import settings

from booking_site.demo.knobs import Knobs
from booking_site.demo.telephone import FUNCTIONS, Telephone
from booking_site.simulated_calls import ageing, comparing, outcome
from booking_site.simulated_calls.comparing import Answered
from booking_site.simulated_calls.placeholders import PlaceholderError
from booking_site.simulated_calls.scenes import Scene, SceneError
from booking_site.simulated_calls.script import CallEntry, Expected, Script, Turn
from voice import functions
from voice.signature import sign

EVENTS = "/api/voice/webhook/"
STALE = timedelta(minutes=6)
WRONG_KEY = "key_of_nobody"
TRANSPORT_MS = 500.0  # on top of what a function promises: the way there and back


@dataclass(slots=True, kw_only=True)
class PlayedTurn:
    """What came of one turn.

    Attributes:
        says: what the caller says, with its days filled in.
        what: the function or event, "" for time going by.
        args: as sent.
        answers: in the order of the calls that asked.
        problems: what is not as expected.
    """

    turn: Turn
    says: str = ""
    what: str = ""
    args: Any = None
    answers: list[Answered] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Played:
    """What came of one script.

    Attributes:
        turns: those that were played; after one that could not be, none is.
        problems: of the script as a whole: what is not true afterwards.
        skipped: why it was not played, "" if it was.
    """

    script: Script
    turns: list[PlayedTurn] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    skipped: str = ""

    @property
    def passed(self) -> bool:
        return not (self.problems or any(turn.problems for turn in self.turns))

    @property
    def answers(self) -> list[Answered]:
        """The answers of functions; what events are answered nobody waits for."""
        return [answer for turn in self.turns if not turn.turn.event for answer in turn.answers]

    @property
    def confirmations(self) -> int:
        """How often the agent had to have a day and time confirmed, in full or in brief."""
        return sum(
            turn.answers[-1].asks_confirmation
            for turn in self.turns
            if turn.answers and not turn.turn.retry
        )

    @property
    def alternatives(self) -> int:
        return sum(answer.alternatives for answer in self.answers)

    @property
    def milliseconds(self) -> tuple[float, float]:
        """The median and the longest time a function took; zeros where none was called."""
        return spread(self.answers)


def spread(answers: Sequence[Answered]) -> tuple[float, float]:
    """Return the median and the longest time answers took; zeros for none."""
    taken = [answer.milliseconds for answer in answers] or [0.0]
    return median(taken), max(taken)


@dataclass(frozen=True, slots=True, kw_only=True)
class Player:
    """Plays scripts on one site.

    Attributes:
        url: of the site.
        open_scene: puts in place what a script needs, or refuses (`SceneError`).
        work: has the background work done.
        knobs: of the simulated Cal.com; None where there is none.
        judges_time: whether an answer that comes too late is a failure.
    """

    url: str
    open_scene: Callable[[Script], Scene]
    work: Callable[[], None]
    knobs: Knobs | None = None
    judges_time: bool = True

    def play(self, script: Script, *, watch: Callable[[PlayedTurn], None] | None = None) -> Played:
        """Play a script to its end, or to the first turn that cannot be played.

        Args:
            script: to play.
            watch: is shown each turn as it ends.
        """
        played = Played(script=script)
        try:
            scene = self.open_scene(script)
        except (SceneError, PlaceholderError) as error:
            played.skipped = str(error)
            return played
        performance = _Performance(player=self, script=script, scene=scene)
        try:
            for turn in performance.turns():
                played.turns.append(turn)
                if watch:
                    watch(turn)
            self.work()
            played.problems = outcome.problems_of(
                script.afterwards,
                scene,
                call_ids={name: line.call_id for name, line in performance.lines.items()},
                knobs=self.knobs,
            )
        except (PlaceholderError, requests.RequestException) as error:
            played.problems.append(f"could not be played to its end: {error}")
        return played


@dataclass(slots=True)
class _Request:
    """One request, as it goes out."""

    line: Telephone
    body: bytes
    path: str
    signature: str | None


@dataclass(slots=True, kw_only=True)
class _Performance:
    player: Player
    script: Script
    scene: Scene
    lines: dict[str, Telephone] = field(default_factory=dict)
    last: tuple[PlayedTurn, _Request] | None = None

    def turns(self) -> Iterator[PlayedTurn]:
        self.lines = {name: self._line(entry) for name, entry in self.script.calls.items()}
        for turn in self.script.turns:
            yield self._play(turn)

    def _line(self, entry: CallEntry) -> Telephone:
        scene = self.scene
        to_number = scene.to_number if entry.to is None else scene.fill(entry.to)
        line = Telephone(
            url=self.player.url,
            # A salon nobody knows has no key: the platform's own signs.
            key=scene.key if to_number == scene.to_number else settings.RETELL_API_KEY,
            to_number=to_number,
            agent_id=scene.agent_id if entry.agent is None else scene.fill(entry.agent),
            from_number=entry.number,
        )
        return line if entry.call_id is None else replace(line, call_id=entry.call_id)

    def _play(self, turn: Turn) -> PlayedTurn:
        played = PlayedTurn(turn=turn, says=self.scene.fill(turn.says))
        if turn.minutes_pass:
            ageing.let_pass(self.scene.company, turn.minutes_pass)
        elif turn.work:
            self.player.work()
        elif turn.retry:
            self._repeat(played)
        elif turn.event:
            self._tell(played)
        else:
            self._ask(played)
        if turn.answer and played.answers:
            played.problems += comparing.problems_of(
                played.answers, self._expected(turn.answer), limit_ms=self._limit_ms(played)
            )
        if turn.called and played.answers:
            self.scene.facts[turn.called] = played.answers[0].body
        return played

    def _ask(self, played: PlayedTurn) -> None:
        """Call a function: once, several times in a row, or in several calls at once."""
        turn = played.turn
        played.what, played.args = turn.function, self.scene.fill(turn.args)
        lines = [self.lines[name.value] for name in turn.at_once] or [self._line_of(turn)]
        asked: list[_Request] = []
        for _ in range(turn.times):
            asked = [
                _Request(
                    line,
                    body := line.envelope(turn.function, played.args),
                    FUNCTIONS,
                    _signature(turn.signature, body, line.key),
                )
                for line in lines
            ]
            played.answers += _send_all(asked)
        self.last = (played, asked[-1])

    def _repeat(self, played: PlayedTurn) -> None:
        """Send the last function call again; its stored answer must come, byte for byte."""
        if self.last is None:
            return
        before, request = self.last
        played.what, played.args = before.what, before.args
        played.answers = _send_all([request])
        if played.answers[0].body != before.answers[-1].body:
            played.problems.append("the repetition was answered otherwise than the first time")

    def _tell(self, played: PlayedTurn) -> None:
        """Send an event of the platform."""
        turn = played.turn
        line = self._line_of(turn)
        played.what, played.args = turn.event, self.scene.fill(turn.fields)
        body = json.dumps({"event": turn.event, "call": line.call() | played.args}).encode()
        signature = _signature(turn.signature, body, line.key)
        played.answers = _send_all([_Request(line, body, EVENTS, signature)])

    def _line_of(self, turn: Turn) -> Telephone:
        name = turn.call.value if turn.call else next(iter(self.lines))
        return self.lines[name]

    def _expected(self, expected: Expected) -> Expected:
        return replace(
            expected,
            data=self.scene.fill(expected.data),
            says=tuple(self.scene.fill(expected.says)),
            never_says=tuple(self.scene.fill(expected.never_says)),
        )

    def _limit_ms(self, played: PlayedTurn) -> float | None:
        if not self.player.judges_time:
            return None
        if played.turn.answer and played.turn.answer.within_ms:
            return played.turn.answer.within_ms
        function = functions.FUNCTIONS.get(played.what)
        return (function.seconds * 1000 + TRANSPORT_MS) if function else None


def _signature(kind: str, body: bytes, key: str) -> str | None:
    """Return the header for a body; None to sign it properly when it is sent."""
    now = datetime.now(UTC)
    if kind == "wrong":
        return sign(body, key=WRONG_KEY, now=now)
    if kind == "stale":
        return sign(body, key=key, now=now - STALE)
    return "" if kind == "missing" else None


def _send_all(asked: Sequence[_Request]) -> list[Answered]:
    """Send requests at the same moment; return the answers in their order."""
    if len(asked) == 1:
        return [_send(asked[0])]
    gate = Barrier(len(asked))

    def send(request: _Request) -> Answered:
        gate.wait()
        return _send(request)

    with ThreadPoolExecutor(max_workers=len(asked)) as callers:
        return list(callers.map(send, asked))


def _send(request: _Request) -> Answered:
    response, milliseconds = request.line.send(
        request.body, path=request.path, signature=request.signature
    )
    body: Mapping[str, Any] = {}
    if response.status_code == requests.codes.ok and response.content:
        body = response.json()
    return Answered(http=response.status_code, body=body, milliseconds=milliseconds)
