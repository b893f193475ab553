"""The kernels of one run: forked from one process that has imported what notebooks import, private, ended with the run.

A kernel of its own takes two seconds of imports a notebook; a fork of a process that has them takes a tenth of one.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Mapping
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

PRIVATE = {"IPYTHONDIR": "i", "JUPYTER_CONFIG_DIR": "c", "JUPYTER_DATA_DIR": "d", "JUPYTER_RUNTIME_DIR": "r"}
# Imported before the first fork. No module of these starts a thread, which a fork would lose.
IMPORTED = ["zzlib.show", "zzlib.watch", "zzlib.implementation", "ipykernel.ipkernel", "ipykernel.kernelapp"]
FORKED = "forkserver" in multiprocessing.get_all_start_methods()
_processes: Any = multiprocessing.get_context("forkserver" if FORKED else "spawn")


def warm() -> None:
    """Begin to import what notebooks need, in another process, so that kernels are there when they are asked for."""
    if FORKED:
        from multiprocessing import forkserver

        _processes.set_forkserver_preload(IMPORTED)
        forkserver.ensure_running()


class Kernels:
    """The kernels of one run: each is this interpreter, sees no user configuration and leaves nothing in HOME.

    A context manager; on leaving, whatever still runs is ended.
    """

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
                    env={variable: str(folder / place) for variable, place in PRIVATE.items()},
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
                self.provisioner = _provisioner(self)
                kernels._running.append(self)

        return Manager


class Process:
    """A forked kernel, to be asked like a subprocess.Popen."""

    stdin = stdout = stderr = None

    def __init__(self, process: BaseProcess) -> None:
        self._process = process
        self.pid = process.pid

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""
        return self._process.exitcode

    def wait(self) -> int | None:
        """Return the exit code once it has ended."""
        self._process.join()
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it still runs."""
        if self.poll() is None and self.pid is not None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def terminate(self) -> None:
        """Ask it to end."""
        self._process.terminate()


def _provisioner(manager: Any) -> Any:
    """Return what starts and ends the kernel of a manager: as jupyter_client's own does, but for the start."""
    from jupyter_client.provisioning.local_provisioner import LocalProvisioner

    class Provisioner(LocalProvisioner):
        async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
            process = _processes.Process(
                target=_serve, args=(cmd[3:], dict(kwargs["env"]), str(kwargs["cwd"])), daemon=True
            )
            process.start()
            self.process = Process(process)  # type: ignore[assignment]
            self.pid, self.cwd = process.pid, kwargs["cwd"]
            return self.connection_info

    return Provisioner(kernel_id=manager.kernel_id, kernel_spec=manager.kernel_spec, parent=manager)


def _serve(arguments: list[str], environment: Mapping[str, str], folder: str) -> None:
    """Be a kernel: the whole life of the forked process."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    if os.name == "posix":
        os.setsid()  # what a terminal sends to its programs is for the run to answer
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    from ipykernel.kernelapp import launch_new_instance

    # A kernel ends itself when its parent does: here the process that it was forked from.
    launch_new_instance(argv=[*arguments, f"--IPKernelApp.parent_handle={os.getppid()}"])
