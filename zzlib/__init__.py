"""Is the plan on track, how sure are we, why, where, and what would it take?"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zzlib.evaluation import evaluate as evaluate
    from zzlib.plan import load_plan as load_plan
    from zzlib.targets import assess as assess

_HOMES = {"evaluate": "evaluation", "assess": "targets", "load_plan": "plan"}


def __getattr__(name: str) -> Any:
    """Return a public function; its module is imported at first use, so that `import zzlib` alone costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'zzlib' has no attribute '{name}'")
    return getattr(import_module(f"zzlib.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(_HOMES)
