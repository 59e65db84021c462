-- What: the database and its schemas: gold (what readers see), scratch (copies until they are proven), stages.
--       Managed access: only the schema's owner and SECURITYADMIN grant, so that no copy is shared by its way.
-- Who:  SYSADMIN
-- Undo: drop schema analytics.gold_scratch; drop schema analytics.stages;
--       drop schema analytics.gold; removes every copy; the next `lakehouse publish` copies all tables again.

set database = 'ANALYTICS';
set gold = 'ANALYTICS.GOLD';
set scratch = 'ANALYTICS.GOLD_SCRATCH';
set stages = 'ANALYTICS.STAGES';

use role sysadmin;

create database if not exists identifier($database) comment = 'Copies of the lakehouse';

create schema if not exists identifier($gold) with managed access comment = 'Gold, equal to the lake';
-- a scratch table lives for a minute: it needs no history
create transient schema if not exists identifier($scratch) with managed access
    data_retention_time_in_days = 0
    comment = 'Copies that are not proven';
create schema if not exists identifier($stages) with managed access comment = 'Stages of publish';
