"""Run a command that dies with its parent, even when that is killed: `python parent_death.py <parent's pid> <command>`.

Linux keeps the order through exec, so the command has this process' id and nothing stays between the two. Elsewhere the
command runs without it. Source: prctl(2), PR_SET_PDEATHSIG.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Ask the kernel for SIGKILL at the parent's end, then become the command."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    parent, *command = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != int(parent):  # it ended before the kernel was asked
            sys.exit(1)
    os.execvp(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main()
