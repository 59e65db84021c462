"""dbt as its callers see it: a process with dbt's arguments, streams and exit code; `server.py` does the work."""

import json
import os
import signal
import socket
import sys
from pathlib import Path


def main(path: str, *words: str) -> int:
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(path)
        asked = json.dumps({"words": words, "folder": str(Path.cwd()), "variables": dict(os.environ)}).encode()
        socket.send_fds(server, [len(asked).to_bytes(8)], [0, 1, 2])
        server.sendall(asked)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda number, _: server.sendall(bytes([number])))
        ended = int.from_bytes(server.recv(4, socket.MSG_WAITALL), signed=True)
    if ended < 0:
        signal.signal(-ended, signal.SIG_DFL)
        os.kill(os.getpid(), -ended)
    return ended


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
