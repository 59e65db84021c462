"""The lake's storage: a local folder, or S3 with the AWS_* variables."""

import os

from deltalake import DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError

from ingestion.bronze.errors import LakeUnavailable, plainly


def storage_options() -> dict[str, str]:
    """Return what delta-rs must know to reach S3: the AWS_* variables; without keys it asks the machine's role.

    It can't read profiles; where AWS_PROFILE names one, its keys are given.
    """
    options = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    if "AWS_PROFILE" in options and "AWS_ACCESS_KEY_ID" not in options:
        options |= _profile_keys()
    return options


def _profile_keys() -> dict[str, str]:
    from boto3.session import Session  # slow, and rarely needed

    session = Session()
    found = session.get_credentials()
    keys = found.get_frozen_credentials() if found else None
    values = {
        "AWS_ACCESS_KEY_ID": keys and keys.access_key,
        "AWS_SECRET_ACCESS_KEY": keys and keys.secret_key,
        "AWS_SESSION_TOKEN": keys and keys.token,
        "AWS_REGION": os.environ.get("AWS_REGION") or session.region_name,
    }
    return {name: value for name, value in values.items() if value}


def open_table(uri: str) -> DeltaTable | None:
    """The table as it is now, None where there is none; raises LakeUnavailable."""
    try:
        return DeltaTable(uri, storage_options=storage_options())
    except TableNotFoundError:
        return None
    except (OSError, DeltaError) as error:
        raise LakeUnavailable(f"the lake's table {uri} can't be opened: {plainly(error)}") from error
