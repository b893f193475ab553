"""The kernels of one run: forked from one process that has imported what notebooks need, private, ended with the run.

A kernel of its own takes two seconds of imports a notebook; a fork of a process that has them takes a tenth of one.
(multiprocessing's fork server would run the user's script once more in every fork.)
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any

from zzlib.language import LANGUAGES, catalogue

PRIVATE = {"IPYTHONDIR": "i", "JUPYTER_CONFIG_DIR": "c", "JUPYTER_DATA_DIR": "d", "JUPYTER_RUNTIME_DIR": "r"}
# Imported before the first fork, what pandera imports at its first table among them. None of these starts a thread,
# which a fork would lose.
IMPORTED = (
    "zzlib.show", "zzlib.watch", "zzlib.implementation", "ipykernel.ipkernel", "ipykernel.kernelapp",
    "pandera.backends.pandas.builtin_checks", "geopandas.io.file", "pyogrio",
)  # fmt: skip
PATIENCE = 120  # seconds that the first answer may take: imports, on a busy machine
FORKS = sys.platform == "linux"  # elsewhere each kernel is started by itself


class Server:
    """The process that kernels are forked from: it is told what to start on its standard input, and answers a pid."""

    def __init__(self) -> None:
        command = [sys.executable, "-P", "-m", "zzlib.kernels"]  # nothing is imported from the current folder
        # In a group of its own: what a terminal sends to its programs, such as Ctrl-C, is for the run to answer.
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, process_group=0
        )  # fmt: skip
        self._lock = Lock()

    @property
    def alive(self) -> bool:
        """Whether it still runs; it ends with the process that started it."""
        return self._process.poll() is None

    def fork(self, arguments: list[str], environment: dict[str, str], folder: str) -> Forked:
        """Start a kernel in a folder; raises RuntimeError when the server does not answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._lock:
            with suppress(BrokenPipeError):  # it has died, which the answer tells
                self._process.stdin.write(json.dumps([arguments, environment, folder]) + "\n")
                self._process.stdin.flush()
            ready, _, _ = select.select([self._process.stdout], [], [], PATIENCE)
            answer = self._process.stdout.readline() if ready else ""
        if not answer:
            self._process.kill()
            raise RuntimeError("the process that kernels are forked from did not start or has died")
        return Forked(int(answer))


class Forked:
    """A forked kernel, to be asked like a subprocess.Popen; it is no child of this process, so its code is unknown."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._ended = False

    def poll(self) -> int | None:
        """Return 0 once it has ended, or None while it runs."""
        if not self._ended:
            try:
                os.kill(self.pid, 0)
            except ProcessLookupError:
                self._ended = True
        return 0 if self._ended else None

    def wait(self) -> int:
        """Return once it has ended."""
        while self.poll() is None:
            time.sleep(0.01)
        return 0

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it still runs."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)


_servers: list[Server] = []
_alive: set[int] = set()  # in the server: the kernels that it forked


def warm() -> None:
    """Begin to import what notebooks need, in another process, so that kernels are there when they are asked for."""
    if FORKS and not (_servers and _servers[-1].alive):
        _servers.append(Server())


class Kernels:
    """The kernels of one run: each is this interpreter, sees no user configuration and leaves nothing in HOME.

    `told` are environment variables that they see beside those of this process. A context manager; on leaving,
    whatever still runs is ended.
    """

    def __init__(self, told: Mapping[str, str] | None = None) -> None:
        self._told = dict(told or {})

    def __enter__(self) -> Kernels:
        # Short, because a Unix socket's path ends at about a hundred characters.
        self._folder = TemporaryDirectory(prefix="zz-", ignore_cleanup_errors=True)
        self._running: list[Any] = []
        self._stopped = False
        warm()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()
        self._folder.cleanup()

    def stop(self) -> None:
        """End every kernel at once; none starts afterwards."""
        self._stopped = True
        for manager in self._running:
            process = getattr(manager.provisioner, "process", None)
            if process is not None and process.poll() is None:
                process.kill()

    def manager(self, name: str) -> type:
        """Return the class that nbclient makes the kernel of one notebook with.

        Raises KeyboardInterrupt, when used, if the run was stopped meanwhile.
        """
        from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
        from jupyter_client.manager import AsyncKernelManager

        kernels, folder = self, Path(self._folder.name)

        class ThisInterpreter(KernelSpecManager):
            def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
                return KernelSpec(
                    argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
                    display_name="zzlib", language="python",
                    env=kernels._told | {variable: str(folder / place) for variable, place in PRIVATE.items()},
                )  # fmt: skip

        class Manager(AsyncKernelManager):
            def __init__(self, **options: Any) -> None:
                if kernels._stopped:
                    raise KeyboardInterrupt
                super().__init__(
                    kernel_spec_manager=ThisInterpreter(),
                    transport="ipc" if os.name == "posix" else "tcp",
                    connection_file=str(folder / f"{name}.json"),
                    **options,
                )
                self.provisioner = _provisioner(self, kernels)
                kernels._running.append(self)

        return Manager


def _provisioner(manager: Any, kernels: Kernels) -> Any:
    """Return what starts and ends the kernel of a manager: as jupyter_client's own does, but for the start."""
    from jupyter_client.provisioning.local_provisioner import LocalProvisioner

    class Provisioner(LocalProvisioner):
        async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
            if not FORKS:
                return await super().launch_kernel(cmd, **kwargs)
            kernel = _servers[-1].fork(cmd[3:], dict(kwargs["env"]), str(kwargs["cwd"]))
            if kernels._stopped:  # while the server was still importing
                kernel.kill()
            self.process = kernel  # type: ignore[assignment]
            self.pid, self.cwd = kernel.pid, kwargs["cwd"]
            return self.connection_info

    return Provisioner(kernel_id=manager.kernel_id, kernel_spec=manager.kernel_spec, parent=manager)


def _serve() -> None:
    """Be the process that kernels are forked from."""
    gc.disable()
    for name in IMPORTED:
        import_module(name)
    for language in LANGUAGES:
        catalogue(language)
    gc.freeze()  # what is imported stays, and is looked through in no fork
    gc.enable()
    signal.signal(signal.SIGCHLD, lambda *_: _bury())
    for line in sys.stdin:
        pid = os.fork()
        if not pid:
            _be_kernel(*json.loads(line))
        _alive.add(pid)
        print(pid, flush=True)
    for pid in [*_alive]:  # a kernel would see only within a second that nobody waits for it any more
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _bury() -> None:
    """Let kernels that have ended disappear."""
    with suppress(ChildProcessError):
        while pid := os.waitpid(-1, os.WNOHANG)[0]:
            _alive.discard(pid)


def _be_kernel(arguments: list[str], environment: dict[str, str], folder: str) -> None:
    """Be a kernel: the whole life of a forked process."""
    try:
        server = os.getppid()
        os.setsid()
        for number in (signal.SIGINT, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL if number == signal.SIGCHLD else signal.default_int_handler)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(2, 1)  # what the server answers is not for kernels to write
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(folder)
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
        from ipykernel.kernelapp import launch_new_instance

        # A kernel ends itself when its parent does.
        launch_new_instance(argv=[*arguments, f"--IPKernelApp.parent_handle={server}"])
    finally:
        os._exit(0)


if __name__ == "__main__":
    _serve()
