"""Plotly's script, cut down to what draws a page's figures.

None of it is kept in this project: the whole script is part of the plotly package, and most of it draws what a page
does not show (globes, street maps, solids). It is a bundle of modules, each a function that is called by its name where
it is needed; what nobody calls, once the list of traces names only those of the page, is left out. A page is a third as
large then, and its first figure is seen in half the time. A script that is built otherwise is taken whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

CORE = "scatter"  # the kind of trace that is always there
LIBRARY = 100_000  # characters between two modules that are a library of its own, left out where nobody names its parts

# What every module is wrapped in: its first call runs it, later calls return what it gave.
_WRAPPER = re.compile(
    r"var ([\w$]+)=\((\w),(\w)\)=>\(\)=>\{try\{return \3\|\|\2\(\(\3=\{exports:\{\}\}\)\.exports,\3\)"
)
_LIST = re.compile(r"\.register\(\[((?:[\w$]+\(\),?){20,})\]\)")  # of all kinds of traces
_KIND = re.compile(r'moduleType:"trace",name:"(\w+)"')
_CALL = re.compile(r"(?<![\w$.])([\w$]+)\(\)")
_NAME = re.compile(r"[{,][\w$]+:|(?<![\w$.])([A-Za-z_$][\w$]*)")  # not the key of an object, nor what follows a dot
_BRACKET = re.compile(r"[(){}\[\]]")

_TOKEN = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|//[^\n]*|/\*.*?\*/|[`/{}]""", re.DOTALL)
_TEMPLATE = re.compile(r"(?:[^`\\$]|\\.|\$(?!\{))*(?:`|\$\{)", re.DOTALL)
_PATTERN = re.compile(r"/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*")
_BEFORE_PATTERN = re.compile(r"(?:[(,=:\[!&|?{};+\-*%~^<>]|\b(?:return|typeof|case|in|of|void|delete|throw|else))\s*$")


class Part(NamedTuple):
    """A module, or the code between two modules, which has no name; `calls` may be modules or anything else."""

    name: str
    text: str
    bare: str  # without what stands in strings, comments and patterns
    calls: frozenset[str]


@cache
def script(kinds: frozenset[str]) -> str:
    """Return the script that draws these kinds of traces; the whole of it where its modules cannot be told apart.

    >>> len(script(frozenset({"scatter"}))) < len(script(frozenset({"bar"}))) < len(script(frozenset({"unheard of"})))
    True
    """
    return quick(cut(whole(), kinds))


@cache
def whole() -> str:
    """Return the script that the plotly package carries."""
    import plotly

    return (Path(plotly.__file__).parent / "package_data" / "plotly.min.js").read_text(encoding="utf-8")


def cut(text: str, kinds: Iterable[str]) -> str:
    """Return a script without what only other kinds of traces call; the same script where that cannot be told."""
    parts = _parts(text)
    modules = {part.name: part for part in parts if part.name}
    places = _kinds(modules)
    wanted = sorted(set(kinds) - {CORE})
    if not places or not set(wanted) <= places.keys():
        return text  # nothing is known of it, so nothing can be left out
    listing = next(part for part in modules.values() if _LIST.search(part.bare))
    named = ",".join(f"{places[kind]}()" for kind in wanted)
    text_of_list, bare = (_LIST.sub(f".register([{named}])", code) for code in (listing.text, listing.bare))
    modules[listing.name] = _part(text_of_list, bare, 0, len(bare), listing.name)
    between = [part for part in parts if not part.name]
    libraries = [part for part in between[1:-1] if len(part.text) > LIBRARY]
    others = [part for part in between if part not in libraries]
    # A name of one letter is a local one nearly everywhere, and nobody enters a library by such a name alone.
    named_parts = {name for part in _reached(modules, others) for name in _NAME.findall(part.bare) if len(name) > 1}
    others += [part for part in libraries if _declared(part.bare) & named_parts]
    kept = {id(part) for part in _reached(modules, others)}
    chosen = (modules.get(part.name, part) for part in parts)
    return "".join(part.text for part in chosen if id(part) in kept)


def quick(text: str) -> str:
    r"""Return a script that does the same and that browsers take in faster.

    One letter beyond Latin-1 doubles the room of the whole text, so such letters are written as escapes; and a function
    in parentheses, here the whole bundle, is compiled at once instead of being read through first.

    >>> print(quick('(function(make) { make() } (this, () => {\n"·—"\n}));'))
    (function(make) { make() } (this, (() => {
    "\u00b7\u2014"
    })));
    """
    text = re.sub(r"[^\x00-\x7f]", lambda found: _escaped(found[0]), text)
    begin, _, rest = text.partition("this, () => {")
    inside, end, after = rest.rpartition("}));")
    return f"{begin}this, (() => {{{inside}}})));{after}" if end else text


def _escaped(letter: str) -> str:
    units = letter.encode("utf-16-be").hex()
    return "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4))


def _kinds(modules: Mapping[str, Part]) -> dict[str, str]:
    """Return the module of each kind of trace that the script's list calls; nothing where there is no list."""
    found = next(filter(None, (_LIST.search(part.bare) for part in modules.values())), None)
    kinds: dict[str, str] = {}
    for name in _CALL.findall(found[1]) if found else ():
        part: Part | None = modules.get(name)
        while part and not (kind := _KIND.search(part.text)):  # it only adds to what it calls first
            part = next((modules[called] for called in _CALL.findall(part.bare) if called in modules), None)
        if part and kind:
            kinds[kind[1]] = name
    return kinds


def _reached(modules: Mapping[str, Part], begin: Sequence[Part]) -> list[Part]:
    """Return some parts with the modules that they call, and those that these call, and so on."""
    reached, seen = list(begin), set[str]()
    for part in reached:
        called = (part.calls & modules.keys()) - seen
        seen |= called
        reached += [modules[name] for name in called]
    return reached


def _declared(bare: str) -> set[str]:
    """Return the names that code declares outside all brackets.

    >>> sorted(_declared("var a={b:c},d=e=>e+f;function g(h){var i}class j{}"))
    ['a', 'd', 'g', 'j']
    """
    outside, begun = [], 0
    for depth, place in _depths(bare):
        if depth == 1 and bare[place] in "([{":
            outside.append(bare[begun:place])
        elif depth == 0:
            begun = place + 1
    flat = " ".join([*outside, bare[begun:]])
    names = set(re.findall(r"(?:^|[;\s])(?:function\*?|class)\s*([\w$]+)", flat))
    for listed in re.findall(r"\b(?:var|let|const) ([^;]*)", flat):
        names |= set(re.findall(r"(?:^|,)\s*([\w$]+)", listed))
    return names


@cache
def _parts(text: str) -> tuple[Part, ...]:
    """Return a script's modules and what stands between them, in order; nothing where they cannot be told apart."""
    wrapper = _WRAPPER.search(text)
    if wrapper is None:
        return ()
    bare = _bare(text)
    head = rf"var ([\w$]+)={re.escape(wrapper[1])}(?=\()"
    heads = {found.end(): found for found in re.finditer(head, bare)}
    first = min((found.start() for found in heads.values()), default=len(bare))
    parts, done, opened = [], 0, None
    for depth, place in _depths(bare, first):
        if depth < 0:
            break
        if place in heads:
            if depth != 1:
                return ()
            opened = heads[place]
        elif opened and depth == 0:
            end = place + 1 + (bare[place + 1] == ";")
            parts += [_part(text, bare, done, opened.start()), _part(text, bare, opened.start(), end, opened[1])]
            done, opened = end, None
    whole_of_it = len(parts) == 2 * len(heads)
    return (*parts, _part(text, bare, done, len(text))) if whole_of_it else ()


def _part(text: str, bare: str, begin: int, end: int, name: str = "") -> Part:
    code = bare[begin:end]
    return Part(name, text[begin:end], code, frozenset(_CALL.findall(code)))


def _depths(bare: str, begin: int = 0) -> Iterator[tuple[int, int]]:
    """Tell for every bracket how deep in brackets one is after it opened, or closed, and its place."""
    depth = 0
    for found in _BRACKET.finditer(bare, begin):
        depth += 1 if found[0] in "([{" else -1
        yield depth, found.start()


def _bare(text: str) -> str:
    """Return code with blanks for everything in strings, comments and patterns: every place keeps its number.

    >>> _bare("a('(')/b;c=/[(]/g;`{${d}`")
    'a(   )/b;c=      ;     d  '
    """
    kept: list[str] = []
    done = place = depth = 0
    templates: list[int] = []  # how deep in braces each template is whose expression is being read
    while found := _TOKEN.search(text, place):
        start, place = found.span()
        sign = found[0]
        if sign == "{":
            depth += 1
            continue
        if sign == "}":
            depth -= 1
            if not templates or templates[-1] != depth:
                continue
            templates.pop()
        if sign in "`}":
            rest = _TEMPLATE.match(text, place)
            place = rest.end() if rest else len(text)
            if text[place - 1] == "{":
                templates.append(depth)
                depth += 1
        elif sign == "/":
            pattern = _PATTERN.match(text, start) if _BEFORE_PATTERN.search(text, max(0, start - 12), start) else None
            if pattern is None:
                continue
            place = pattern.end()
        kept += [text[done:start], " " * (place - start)]
        done = place
    return "".join([*kept, text[done:]])
