"""dbt that has been imported already: each command is a fork of this process, so it begins two seconds of CPU earlier.

Arguments, folder, variables, streams and signals are the caller's, who ends as the command does (`client.py`).

    python -P tests/warm_dbt/server.py SOCKET      prints `ready` when it is
"""

import gc
import importlib
import json
import os
import signal
import socket
import sys
import threading
import time
from contextlib import suppress

IMPORTED = (
    "dbt.cli.main",
    "dbt.adapters.lake",
    "dbt.adapters.snowflake",
    "pysail.spark",
    "pyspark.sql.connect.session",
)


def serve(path: str) -> None:
    for module in IMPORTED:
        importlib.import_module(module)
    gc.freeze()  # what all commands share is not looked at, so it is not copied
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who wait for commands
        while True:
            caller, _ = server.accept()
            if os.fork() == 0:
                server.close()
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                wait_for_one(caller)
                os._exit(0)
            caller.close()


def wait_for_one(caller: socket.socket) -> None:
    """Begin what the caller asks for, hand on its signals, and tell it how that ended; end it if the caller is gone."""
    size, streams, *_ = socket.recv_fds(caller, 8, 3)
    asked = json.loads(caller.recv(int.from_bytes(size), socket.MSG_WAITALL))
    command = os.fork()
    if command == 0:
        caller.close()
        become(streams, asked)
        sys.exit(importlib.import_module("dbt.cli.main").cli())
    for stream in streams:
        os.close(stream)
    threading.Thread(target=hand_on_signals, args=(caller, command), daemon=True).start()
    _, status = os.waitpid(command, 0)
    caller.sendall(os.waitstatus_to_exitcode(status).to_bytes(4, signed=True))


def become(streams: list[int], asked: dict) -> None:
    os.setsid()
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["variables"])
    time.tzset()
    for stream, number in zip(streams, range(3), strict=True):
        os.dup2(stream, number)
        os.close(stream)
    sys.stdout.reconfigure(line_buffering=True)
    sys.argv = ["dbt", *asked["words"]]
    signal.signal(signal.SIGINT, signal.default_int_handler)


def hand_on_signals(caller: socket.socket, command: int) -> None:
    while number := caller.recv(1):
        os.kill(command, number[0])
    with suppress(ProcessLookupError):
        os.kill(command, signal.SIGKILL)


if __name__ == "__main__":
    serve(sys.argv[1])
