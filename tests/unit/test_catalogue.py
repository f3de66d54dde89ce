"""Everything a person can read is German where German is chosen."""

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.utils.translation.template import templatize
from django.utils.translation.trans_real import translation

ROOT = settings.BASE_DIR
APPS = ("appointments", "booking_site", "calcom", "features", "voice")
PLAIN = {"_", "gettext", "gettext_lazy", "gettext_noop"}
COUNTED = {"ngettext", "ngettext_lazy"}
IN_CONTEXT = {"pgettext", "pgettext_lazy"}
STRING = r'"(?:[^"\\]|\\.)*"'
ENTRY = re.compile(
    rf"(?:^msgctxt (?P<context>(?:{STRING}\n)+))?"
    rf"^msgid (?P<id>(?:{STRING}\n)+)"
    rf"(?:^msgid_plural (?P<plural>(?:{STRING}\n)+))?"
    rf"(?P<texts>(?:^msgstr(?:\[\d\])? (?:{STRING}\n)+)+)",
    re.MULTILINE,
)
QUOTED = re.compile(r"u?(?:'(?:[^'\\]|\\.)*'|" + STRING + ")")
CALL = re.compile(rf"n?(?P<context>p?)gettext\((?P<words>(?:{QUOTED.pattern},? ?)+)")
TEXT = re.compile(rf"^msgstr(?:\[\d\])? ((?:{STRING}\n)+)", re.MULTILINE)


def unquoted(lines: str) -> str:
    return "".join(ast.literal_eval(line) for line in lines.splitlines())


def written() -> Iterator[tuple[str, list[str]]]:
    """Yield what the text holds: each entry's key in the compiled catalogue, and its words."""
    source = (ROOT / "booking_site/locale/de/LC_MESSAGES/django.po").read_text()
    for entry in ENTRY.finditer(source):
        key = unquoted(entry["id"])
        if entry["context"]:
            key = f"{unquoted(entry['context'])}\x04{key}"
        if key:
            yield key, [unquoted(text[1]) for text in TEXT.finditer(entry["texts"])]


def compiled() -> dict[str, list[str]]:
    path = ROOT / "booking_site/locale/de/LC_MESSAGES/django.mo"
    with path.open("rb") as file:
        catalogue: dict = gettext.GNUTranslations(file)._catalog  # noqa: SLF001 -- no public way
    words: dict[str, list[str]] = {}
    for key, text in catalogue.items():
        name = key[0] if isinstance(key, tuple) else key
        if name:
            words.setdefault(name, []).append(text)
    return words


def said_in_code(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        words = [str(arg.value) for arg in node.args[:2] if isinstance(arg, ast.Constant)]
        if name in PLAIN | COUNTED and words:
            yield words[0]
        elif name in IN_CONTEXT:
            yield "\x04".join(words)


def said_in_template(path: Path) -> Iterator[str]:
    """Yield what Django's own reading of a template would hand to the catalogue."""
    for call in CALL.finditer(templatize(path.read_text())):
        words = [ast.literal_eval(word) for word in QUOTED.findall(call["words"])]
        yield "\x04".join(words[:2]) if call["context"] else words[0]


def sources() -> list[Path]:
    return [
        path
        for app in APPS
        for pattern in ("**/*.py", "**/templates/**/*.html")
        for path in sorted((ROOT / app).glob(pattern))
        if "migrations" not in path.parts
    ]


def test_the_compiled_catalogue_holds_what_its_text_says():
    text = list(written())

    assert len(text) == len(dict(text)), "an entry stands twice"
    assert compiled() == dict(text)


def test_every_sentence_has_a_german_one():
    german = translation("de")
    one = german.plural(1)

    missing = [
        f"{path.relative_to(ROOT)}: {words}"
        for path in sources()
        for words in (said_in_code if path.suffix == ".py" else said_in_template)(path)
        if not (german._catalog.get(words) or german._catalog.get((words, one)))  # noqa: SLF001
    ]

    assert missing == []
