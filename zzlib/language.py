"""The message catalogue: pages, terminal and errors speak Chinese and English from the same objects.

The English sentence is the message's identity (gettext's own habit), so code reads as prose and a sentence that lacks
a translation can be found by a test. Codes such as `on_track` are words under a context; their English stands in
`locale/en.po`, their Chinese in `locale/zh.po`. The catalogues are read as text: nothing has to be compiled.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

from babel.dates import format_date
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from zzlib.errors import Fault

LANGUAGES = ("zh", "en")
LOCALE = Path(__file__).parent / "locale"
Packed: TypeAlias = Any  # what JSON can hold
# Control characters but tab and line end, orders to change the direction of writing, and what is no character at all.
_SHAPELESS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


class Message(str):
    """A sentence or word of the catalogue: English as text, and able to say itself in another language.

    `template` is the English pattern with named places; `values` fill them (numbers, text, or messages again).
    With a `context` the template is a code, and both languages come from the catalogue.

    >>> line = Message("No value for {year}.", year=2008)
    >>> line
    'No value for 2008.'
    >>> say(line, "zh")
    '缺 2008 年的数值。'
    >>> say(word("verdict", "on_track"), "zh")
    '有望完成'
    """

    template: str
    values: dict[str, Any]
    context: str | None

    def __new__(cls, template: str, /, *, context: str | None = None, **values: Any) -> Message:
        message = super().__new__(cls, _render(template, context, values, "en"))
        message.template, message.values, message.context = template, values, context
        return message

    def __reduce__(self) -> tuple[Any, ...]:  # a str would be pickled as its English text
        return unpack, (pack(self),)

    def say(self, language: str) -> str:
        """Return the message in a language."""
        return _render(self.template, self.context, self.values, language)


class Name(str):
    """A proper name that its source gives in each language, such as an indicator's or a district's.

    >>> name = Name(zh="中原区", en="Zhongyuan District")
    >>> name, say(name, "zh")
    ('Zhongyuan District', '中原区')
    """

    zh: str
    en: str

    def __new__(cls, zh: str, en: str) -> Name:
        name = super().__new__(cls, en)
        name.zh, name.en = zh, en
        return name

    def __reduce__(self) -> tuple[Any, ...]:
        return Name, (self.zh, self.en)

    def say(self, language: str) -> str:
        """Return the name in a language."""
        return self.zh if language == "zh" else self.en


def word(context: str, code: str) -> Message:
    """Return the word for a code, such as a verdict, a pace class or a status."""
    return Message(code, context=context)


def say(text: Any, language: str) -> str:
    """Return any text, message, name or list of them in a language.

    Characters that have no shape, or turn the words around them about, are shown as �: in a name or note from outside
    they would break a document or make a sentence read backwards.

    >>> say(["plain", Name(zh="市", en="city")], "zh")
    'plain、市'
    >>> say("file\u202egpj.exe\x07", "en")
    'file�gpj.exe�'
    """
    if isinstance(text, list | tuple):
        return ("、" if language == "zh" else ", ").join(say(part, language) for part in text)
    return _SHAPELESS.sub("\ufffd", text.say(language) if isinstance(text, Message | Name) else str(text))


def sentence(fault: Fault, language: str) -> str:
    """Return a fault in a language.

    >>> sentence(Fault("no rows", where="a.csv", remedy="Name another file."), "zh")
    'a.csv：no rows。Name another file.'
    """
    colon, stop = ("：", "。") if language == "zh" else (": ", ".")
    head, *rest = (say(part, language) for part in (fault.what, fault.why, fault.remedy))
    if fault.where:
        head = f"{say(fault.where, language)}{colon}{head}"
    ended = [
        text if text.endswith((".", "?", "!", "。", "？", "！")) else text + stop for text in (head, *rest) if text
    ]
    return ("" if language == "zh" else " ").join(ended)


def day(text: str) -> Name:
    """Return an ISO date as each language writes days.

    >>> day("2018-03-09"), say(day("2018-03-09"), "zh")
    ('9 March 2018', '2018年3月9日')
    """
    known = date.fromisoformat(text)
    return Name(zh=format_date(known, "long", locale="zh"), en=format_date(known, "long", locale="en_GB"))


def number(value: float) -> str:
    """Return a figure as read: whole numbers with thousands separators, others with three significant digits.

    >>> number(8178.0), number(0.0129867), number(-0.5), number(0), number(float("nan"))
    ('8,178', '0.0130', '−0.500', '0', '–')
    """
    if math.isnan(value):
        return "–"
    whole = value == round(value) or abs(value) >= 1000
    places = 0 if whole else max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:,.{places}f}".replace("-", "−")


def percent(share: float, *, signed: bool = False) -> str:
    """Return a share as whole per cent, or a change with its sign; only an exact 0 or 1 is printed as certain.

    >>> percent(0.654), percent(0.0004), percent(0.9996), percent(1.0), percent(-0.034, signed=True)
    ('65%', '<1%', '>99%', '100%', '−3.4%')
    """
    if math.isnan(share):
        return "–"
    if signed:
        return f"{share:+.{1 if abs(share) < 0.0995 else 0}%}".replace("-", "−")
    if 0 < share < 0.005:
        return "<1%"
    return ">99%" if 0.995 <= share < 1 else f"{share:.0%}".replace("-", "−")


def pack(text: Any) -> Packed:
    """Return a message as plain JSON, so that a kept result can still speak both languages.

    >>> unpack(pack(Message("No value for {year}.", year=2008))).say("zh")
    '缺 2008 年的数值。'
    """
    if isinstance(text, Message):
        values = {name: pack(value) for name, value in text.values.items()}
        return {"message": text.template, "context": text.context, "values": values}
    if isinstance(text, Name):
        return {"zh": text.zh, "en": text.en}
    if isinstance(text, list | tuple):
        return [pack(part) for part in text]
    return text


def unpack(packed: Packed) -> Any:
    """Return what `pack` packed."""
    if isinstance(packed, Mapping) and "message" in packed:
        values = {name: unpack(value) for name, value in packed["values"].items()}
        return Message(packed["message"], context=packed["context"], **values)
    if isinstance(packed, Mapping):
        return Name(zh=packed["zh"], en=packed["en"])
    if isinstance(packed, list):
        return [unpack(part) for part in packed]
    return packed


@lru_cache
def catalogue(language: str) -> Catalog:
    """Return the catalogue of a language, read from its .po file."""
    with (LOCALE / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


def _render(template: str, context: str | None, values: Mapping[str, Any], language: str) -> str:
    if language == "en" and context is None:
        pattern = template
    else:
        entry = catalogue(language).get(template, context=context)
        # A code without a word stays visible as the code; a test finds it before a reader does.
        pattern = str(entry.string) if entry is not None and entry.string else template
    if not values:
        return pattern
    spoken = {
        name: say(value, language) if isinstance(value, Message | Name | list | tuple) else value
        for name, value in values.items()
    }
    return pattern.format(**spoken)
