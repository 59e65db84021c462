"""Checks of a Snowflake account, before publish: `lakehouse doctor --target snowflake`.

Each check says which file of infra/snowflake gives what is missing. Nothing is changed, and no warehouse starts: SHOW,
DESC and LIST run without one.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial

from ingestion.plural import plural
from ingestion.settings import SettingError, Settings
from operations.publishing.snowflake_session import Ask, Rights, setting
from operations.publishing.stage import stage_url
from operations.records.run_record import one_line

Check = Callable[[Settings], str]


class NotGiven(RuntimeError):
    """The account lacks something: which, and the files of infra/snowflake that give it."""

    def __init__(self, what: str, *files: str) -> None:
        super().__init__(f"{what}; run {' and '.join(f'infra/snowflake/{file}' for file in files)}")


@dataclass(frozen=True)
class Account:
    """The publisher's view of an account."""

    ask: Ask

    def checks(self) -> dict[str, Check]:
        """Name -> check, in the order of the files that give what they look for."""
        gold = setting("SCHEMA", f"{os.environ.get('LAKEHOUSE_PREFIX', '')}gold").upper()
        checks: dict[str, Check] = {"role": self.role, "warehouse": self.warehouse, "database": self.database_}
        for schema in (gold, f"{gold}_SCRATCH"):
            checks[f"schema {schema}"] = partial(self.schema, schema)
        checks |= {"stage": self.stage, "integration": self.integration}
        return checks

    @cached_property
    def rights(self) -> Rights:
        """The role's; raises what SHOW GRANTS raises."""
        role = setting("ROLE") or self.ask('select current_role() as "role"')[0]["role"]
        return Rights.of(role.upper(), self.ask)

    @property
    def database(self) -> str:
        """The copies' database."""
        return setting("DATABASE", "ANALYTICS").upper()

    def role(self, _: Settings) -> str:
        """The role is there and this user's."""
        try:
            return f"{self.rights.role}: {plural(len(self.rights.held), 'privilege')}"
        except Exception as error:
            what = f"role {setting('ROLE')} does not answer: {one_line(error)}"
            raise NotGiven(what, "01_roles.sql", "08_user.sql") from error

    def warehouse(self, _: Settings) -> str:
        """The role may use the warehouse."""
        if not (name := setting("WAREHOUSE").upper()):
            raise SettingError(
                "LAKEHOUSE_SNOWFLAKE_WAREHOUSE is not set: expected the warehouse of infra/snowflake/02_warehouse.sql"
            )
        self.need("warehouse", name, "USAGE", files=("02_warehouse.sql", "07_grants.sql"))
        return name

    def database_(self, _: Settings) -> str:
        """The role may use the database."""
        self.need("database", self.database, "USAGE", files=("04_database.sql", "07_grants.sql"))
        return self.database

    def schema(self, schema: str, _: Settings) -> str:
        """The role may make tables in a schema, or the schema."""
        name = f"{self.database}.{schema}"
        try:
            self.need("schema", name, "USAGE", "CREATE TABLE", files=("04_database.sql", "07_grants.sql"))
        except NotGiven:
            if self.rights.lacking("DATABASE", self.database, "CREATE SCHEMA"):
                raise
            return f"{name} (will be made; readers then need their grants: infra/snowflake/07_grants.sql)"
        return name

    def stage(self, settings: Settings) -> str:
        """The stage is where publish writes, and the role may read it."""
        url, name = stage_url(), setting("STAGE").upper()
        if not name:
            return self.without_stage(settings, url)
        if name.count(".") != 2:
            raise SettingError(f"LAKEHOUSE_SNOWFLAKE_STAGE is {name!r}: expected database.schema.stage")
        schema, _, own = name.rpartition(".")
        self.need("schema", schema, "USAGE", files=("04_database.sql", "07_grants.sql"))
        self.need("stage", name, "USAGE", files=("06_stage.sql", "07_grants.sql"))
        found = {row["name"]: str(row["url"]).rstrip("/") for row in self.ask(f"show stages in schema {schema}")}
        if found.get(own) != url:
            what = f"stage {name} reads {found.get(own)}, and publish writes to {url} (LAKEHOUSE_STAGE)"
            raise NotGiven(what, "06_stage.sql")
        return f"{name} reads {url}"

    def without_stage(self, settings: Settings, url: str) -> str:
        """COPY reads by a storage integration, or, in front of the emulator, by nothing."""
        if name := setting("STORAGE_INTEGRATION"):
            return f"{url} is read by integration {name}"
        if settings.environment == "local":
            return f"{url} is read as it is, which only the emulator allows"
        raise NotGiven(
            "LAKEHOUSE_SNOWFLAKE_STAGE is not set: expected database.schema.stage of a stage over LAKEHOUSE_STAGE",
            "06_stage.sql",
        )

    def integration(self, _: Settings) -> str:
        """Snowflake can assume the AWS role and list the bucket."""
        integration = setting("STORAGE_INTEGRATION").upper()
        if name := setting("STAGE"):
            try:
                self.ask(f"list @{name}")
            except Exception as error:
                what = (
                    f"Snowflake can't list stage {name}: {one_line(error)}; Terraform's variable `snowflake` has the "
                    "integration's STORAGE_AWS_IAM_USER_ARN and STORAGE_AWS_EXTERNAL_ID"
                )
                raise NotGiven(what, "05_storage_integration.sql", "06_stage.sql") from error
            return f"{name} can be listed"
        if not integration:
            return "none"
        if self.rights.lacking("INTEGRATION", integration, "USAGE"):
            what = f"role {self.rights.role} lacks USAGE on integration {integration}"
            raise NotGiven(f"{what}; with a stage (LAKEHOUSE_SNOWFLAKE_STAGE) it needs none", "06_stage.sql")
        return self.allows(integration, stage_url())

    def allows(self, integration: str, url: str) -> str:
        """The integration is enabled for the place that publish writes to."""
        rows = self.ask(f"desc integration {integration}")
        facts = {row["property"].upper(): str(row["property_value"]) for row in rows}
        enabled, allowed = facts.get("ENABLED", ""), facts.get("STORAGE_ALLOWED_LOCATIONS", "")
        is_allowed = any(f"{url}/".startswith(place.strip()) for place in allowed.split(",") if place.strip())
        if enabled.lower() != "true" or not is_allowed:
            what = f"integration {integration} does not allow {url}: enabled {enabled!r}, allowed {allowed!r}"
            raise NotGiven(what, "05_storage_integration.sql")
        return f"{integration} allows {url}"

    def need(self, kind: str, name: str, *privileges: str, files: tuple[str, ...]) -> None:
        """Raise `NotGiven` for privileges that the role lacks; Snowflake hides what a role has no right on."""
        if lacking := self.rights.lacking(kind.upper(), name, *privileges):
            what = f"{kind} {name} is not there, or role {self.rights.role} lacks {', '.join(lacking)}"
            raise NotGiven(what, *files)
