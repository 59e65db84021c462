"""Snowflake, emulated by fakesnow: databases SHOP (a source) and ANALYTICS (the published copy), kept on disk.

`python -m devstack.snowflake PORT MOTO_PORT`. What fakesnow does unlike Snowflake is mended in `fakesnow_patches`.
"""

import sys
import warnings
from importlib import import_module
from typing import Any

import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from ingestion.settings import Settings

DATABASES = ("SHOP", "ANALYTICS")


def main(port: int, moto_port: int) -> None:
    """Serve until SIGTERM."""
    warnings.simplefilter("ignore")
    from fakesnow.instance import FakeSnow

    from devstack import fakesnow_patches

    server: Any = import_module("fakesnow.server")  # `from fakesnow import server` is a function
    folder = Settings.load().services / "snowflake"
    folder.mkdir(parents=True, exist_ok=True)
    server.shared_fs = FakeSnow(db_path=folder, nop_regexes=fakesnow_patches.IGNORED)
    fakesnow_patches.apply(server.shared_fs, f"http://127.0.0.1:{moto_port}")
    kept = {file.stem for file in folder.glob("*.db")}
    for database in sorted(kept | set(DATABASES)):
        server.shared_fs.connect(database, "PUBLIC").close()
    server.app.router.routes.append(Route("/health", health))
    # an idle client keeps its connection open for hours: end without it
    uvicorn.run(server.app, host="127.0.0.1", port=port, log_level="warning", timeout_graceful_shutdown=1)
    server.shared_fs.duck_conn.close()


def health(_: Request) -> PlainTextResponse:
    """Answers as soon as statements can be run."""
    return PlainTextResponse("ok")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
