"""What a person, or a program, gets to read of scripts that were played."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from booking_site.demo.programme import WIDTH, short
from booking_site.documents.problems import DocumentError
from booking_site.simulated_calls.playing import Played, PlayedTurn, spread
from booking_site.simulated_calls.script import Script


@dataclass(slots=True)
class Reporter:
    """Prints scripts while they are played, and what came of them all."""

    console: Console

    @classmethod
    def on_terminal(cls) -> "Reporter":
        """Return one that prints for a person; into a file or a pipe it prints no colours."""
        width = None if sys.stdout.isatty() else WIDTH
        return cls(Console(highlight=False, markup=False, width=width))

    def title(self, script: Script) -> None:
        self.console.print()
        self.console.rule(f"{script.title} · {script.name}", align="left", style="bold")

    def turn(self, played: PlayedTurn) -> None:
        """Print what was said, the function call with its milliseconds, and the answer."""
        turn = played.turn
        if played.says:
            self.console.print(f"  Caller  {played.says}", style="yellow")
        if turn.minutes_pass:
            self.console.print(f"  {turn.minutes_pass} minutes pass", style="cyan")
        for answer in played.answers:
            outcome = answer.status or f"HTTP {answer.http}"
            self.console.print(
                f"  {answer.milliseconds:7.0f} ms  {played.what}({_args(played.args)}) → {outcome}",
                style="dim",
            )
        if played.answers and played.answers[-1].message:
            self.console.print(f"  Agent   {played.answers[-1].message}", style="green")
        for problem in played.problems:
            self.console.print(f"  ✗ line {turn.place.line}: {problem}", style="bold red")

    def ending(self, played: Played) -> None:
        """Print what is wrong with a script as a whole."""
        for problem in played.problems:
            self.console.print(f"  ✗ afterwards: {problem}", style="bold red")
        if played.skipped:
            self.console.print(f"  not played: {played.skipped}", style="cyan")

    def broken(self, path: Path, error: DocumentError) -> None:
        for problem in error.problems:
            self.console.print(f"{path}:{problem}", style="bold red", soft_wrap=True)

    def listing(self, scripts: Sequence[Script]) -> None:
        table = Table(title=f"{len(scripts)} scripts", title_justify="left")
        for heading in ("script", "language", "turns", "title"):
            table.add_column(heading, overflow="fold")
        for script in scripts:
            table.add_row(script.name, script.language, str(len(script.turns)), script.title)
        self.console.print(table)

    def summary(self, all_played: Sequence[Played]) -> None:
        """Print one line per script, and one for all of them."""
        table = Table(title_justify="left")
        table.add_column("script", overflow="fold")
        for heading in ("answers", "confirmations", "alternatives", "p50 ms", "max ms"):
            table.add_column(heading, justify="right")
        table.add_column("result")
        for played in all_played:
            middle, longest = played.milliseconds
            table.add_row(
                played.script.name,
                str(len(played.answers)),
                str(played.confirmations),
                str(played.alternatives),
                f"{middle:.0f}",
                f"{longest:.0f}",
                _result(played),
            )
        self.console.print()
        self.console.print(table)
        self.console.print(_total(all_played))


def to_json(all_played: Sequence[Played]) -> str:
    """Return everything as JSON: `scripts`, each with its turns, and `total`."""
    middle, longest = _spread_of_all(all_played)
    document = {
        "scripts": [_script(played) for played in all_played],
        "total": {
            "passed": sum(_result(played) == "passed" for played in all_played),
            "failed": sum(not played.passed for played in all_played),
            "skipped": sum(bool(played.skipped) for played in all_played),
            "p50_milliseconds": round(middle),
            "max_milliseconds": round(longest),
        },
    }
    return json.dumps(document, ensure_ascii=False, indent=2)


def _script(played: Played) -> dict[str, Any]:
    middle, longest = played.milliseconds
    return {
        "script": played.script.name,
        "title": played.script.title,
        "language": played.script.language,
        "result": _result(played),
        "skipped": played.skipped or None,
        "confirmations": played.confirmations,
        "alternatives": played.alternatives,
        "p50_milliseconds": round(middle),
        "max_milliseconds": round(longest),
        "problems": played.problems,
        "turns": [
            {
                "line": turn.turn.place.line,
                "says": turn.says or None,
                "function": turn.what or None,
                "answers": [
                    {
                        "http": answer.http,
                        "status": answer.status or None,
                        "message": answer.message or None,
                        "milliseconds": round(answer.milliseconds),
                        "confirmation": answer.confirmation or None,
                        "alternatives": answer.alternatives,
                    }
                    for answer in turn.answers
                ],
                "problems": turn.problems,
            }
            for turn in played.turns
        ],
    }


def _total(all_played: Sequence[Played]) -> str:
    results = [_result(played) for played in all_played]
    middle, longest = _spread_of_all(all_played)
    counts = ", ".join(
        f"{results.count(word)} {word}"
        for word in ("passed", "failed", "skipped")
        if word in results
    )
    return f"{counts}; answers: p50 {middle:.0f} ms, max {longest:.0f} ms"


def _spread_of_all(all_played: Sequence[Played]) -> tuple[float, float]:
    return spread([answer for played in all_played for answer in played.answers])


def _result(played: Played) -> str:
    if played.skipped:
        return "skipped"
    return "passed" if played.passed else "failed"


def _args(args: Any) -> str:
    if not isinstance(args, dict):
        return ""
    return ", ".join(f"{key}={short(value)}" for key, value in args.items())
