-- What: what each role may do. The publisher makes tables in gold and scratch and owns them; it reads the stage, and has
--       no right on the integration, the database's other schemas, or grants. The reader selects from gold, now and
--       from tables to come.
-- Who:  SECURITYADMIN
-- Undo: revoke all privileges on schema analytics.gold from role lakehouse_reader; and so on, line by line.

set publisher = 'LAKEHOUSE_PUBLISHER';
set reader = 'LAKEHOUSE_READER';
set warehouse = 'LAKEHOUSE_PUBLISH';
set database = 'ANALYTICS';
set gold = 'ANALYTICS.GOLD';
set scratch = 'ANALYTICS.GOLD_SCRATCH';
set stages = 'ANALYTICS.STAGES';
set stage = 'ANALYTICS.STAGES.PUBLISH';

use role securityadmin;

grant usage on warehouse identifier($warehouse) to role identifier($publisher);
grant usage on database identifier($database) to role identifier($publisher);
grant usage, create table on schema identifier($gold) to role identifier($publisher);
grant usage, create table on schema identifier($scratch) to role identifier($publisher);
grant usage on schema identifier($stages) to role identifier($publisher);
grant usage on stage identifier($stage) to role identifier($publisher);

grant usage on database identifier($database) to role identifier($reader);
grant usage on schema identifier($gold) to role identifier($reader);
grant select on all tables in schema identifier($gold) to role identifier($reader);
grant select on future tables in schema identifier($gold) to role identifier($reader);
