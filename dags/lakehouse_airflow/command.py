"""An operator that runs a command of this machine, without a shell."""

import os
import shutil
from collections.abc import Mapping, Sequence
from functools import cached_property

from airflow.providers.standard.hooks.subprocess import SubprocessHook
from airflow.sdk import BaseOperator, Context

from lakehouse_airflow.versions import AirflowException, AirflowFailException

SETTINGS_WRONG = 2
"""`lakehouse`'s exit code for settings that another attempt would find just the same."""
NOT_INHERITED = ("AIRFLOW", "PYTHON", "VIRTUAL_ENV", "_AIRFLOW")
"""Beginnings of variables that are Airflow's own; its database's password is among them."""


class CommandOperator(BaseOperator):
    """Runs `executable` with the words of `command`, and logs its lines.

    A command that was killed is repeated. One that failed is, unless `is_final`.

    Airflow's on_kill sends SIGTERM to its process group. On Linux it also dies when the task's process is killed
    outright: setpriv(1) asks the kernel for that.
    """

    template_fields = ("command",)

    def __init__(
        self,
        *,
        command: Sequence[str] | str,
        is_final: bool,
        executable: str,
        folder: str | None = None,
        variables: Mapping[str, str] | None = None,
        **kwargs: object,
    ) -> None:
        super().__init__(**kwargs)
        self.command = command
        self.is_final = is_final
        self.executable = executable
        self.folder = folder
        self.variables = variables

    @cached_property
    def _hook(self) -> SubprocessHook:
        return SubprocessHook()

    def execute(self, context: Context) -> None:
        """Run the command to its end; another exit code than 0 is an error, with the last line in it."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(NOT_INHERITED)}
        setpriv = shutil.which("setpriv")
        dies_with_parent = [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []
        ended = self._hook.run_command(
            [*dies_with_parent, self.executable, *self.command],
            env={**inherited, **(self.variables or {})},
            cwd=self.folder,
        )
        if ended.exit_code:
            was_killed = ended.exit_code < 0
            is_final = ended.exit_code == SETTINGS_WRONG or (self.is_final and not was_killed)
            raise (AirflowFailException if is_final else AirflowException)(
                f"{self.executable} {' '.join(self.command)} ended with exit code {ended.exit_code}: {ended.output}"
            )

    def on_kill(self) -> None:
        """Stop the command and what it started."""
        self._hook.send_sigterm()
