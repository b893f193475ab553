"""The draft report as a Word document, from a template that an office may replace by its own.

The template is an ordinary document with the names of `report.content` in double braces (docxtpl); the one that comes
with the package is made by `stationery`. A text enters it as text: no markup of Word or of the template in it counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from zzlib import folders
from zzlib.errors import Fault, ParameterError
from zzlib.language import Message, say

TEMPLATE = Path(__file__).parent / "templates" / "report.docx"
NAMES = (
    "title", "draft", "mark", "addressee", "opening", "sections", "caption", "columns", "rows", "attached",
    "attachments", "signature", "date",
)  # fmt: skip
BREAKS = re.compile(r"[\t\n]+")  # of which docxtpl would make breaks of its own


def lacks() -> Message | None:
    """Return why no Word document can be written here, or None when it can."""
    if find_spec("docxtpl") is not None:
        return None
    return Message("docxtpl is not installed, which writes it: pip install docxtpl")


def template(plan: Path) -> Path:
    """Return the template for a plan's report: the document beside the plan's file, else the package's own."""
    own = plan.with_suffix(".docx")
    return own if own.exists() else TEMPLATE


def check(path: Path) -> None:
    """Raise ParameterError where a template is no Word document, is written wrong, or names what there is not."""
    from docxtpl import DocxTemplate

    with _refusing(path):
        unknown = sorted(DocxTemplate(path).get_undeclared_template_variables(_environment()) - set(NAMES))
    if unknown:
        raise _refusal(path, Message("the template names what there is not: {names}", names=unknown))


def write(path: Path, content: Mapping[str, Any], *, language: str, using: Path = TEMPLATE) -> None:
    """Write a report's content into a template, in a language; an existing file is replaced.

    Raises ParameterError where the template asks of a part what it does not have.
    """
    from docxtpl import DocxTemplate

    spoken = {name: _spoken(part, language) for name, part in content.items()}
    with _refusing(using):
        document = DocxTemplate(using)
        document.render(spoken, _environment(), autoescape=True)
    about = document.docx.core_properties
    about.title, about.author, about.last_modified_by = spoken["title"][:255], "zzlib", ""
    folders.write_made(path, document.save)


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    """Turn what docxtpl and python-docx raise on a template into the one error that names it."""
    from jinja2 import TemplateError

    try:
        yield
    except TemplateError as fault:
        raise _refusal(path, Message("the template is written wrong ({reason})", reason=str(fault))) from None
    except (OSError, LookupError, ValueError, SyntaxError, BadZipFile) as fault:  # of a damaged package
        raise _refusal(path, Message("the template is no Word document (.docx)")) from fault


def _refusal(path: Path, what: Message) -> ParameterError:
    remedy = Message("Mend it, or take it away: the package's own is used then. Names: {names}.", names=list(NAMES))
    return ParameterError(Fault(what, where=path.name, remedy=remedy))


def _environment() -> Any:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    return SandboxedEnvironment(autoescape=True, undefined=StrictUndefined)


def _spoken(part: Any, language: str) -> Any:
    """Return every text of a content in a language, on one line.

    >>> _spoken({"a": [Message("Target"), "x\\ny"], "b": True}, "zh")
    {'a': ['目标', 'x y'], 'b': True}
    """
    if isinstance(part, str):
        return BREAKS.sub(" ", say(part, language))
    if isinstance(part, Mapping):
        return {name: _spoken(one, language) for name, one in part.items()}
    return [_spoken(one, language) for one in part] if isinstance(part, list | tuple) else part
