-- What: the warehouse of `lakehouse publish`. It sleeps after a minute and ends a statement after an hour.
--       Readers use a warehouse of their own: a publish then never waits for them.
-- Who:  SYSADMIN
-- Undo: drop warehouse lakehouse_publish;

set warehouse = 'LAKEHOUSE_PUBLISH';

use role sysadmin;

create warehouse if not exists identifier($warehouse)
    warehouse_size = xsmall
    auto_suspend = 60
    auto_resume = true
    initially_suspended = true
    comment = 'Runs lakehouse publish';

-- a warehouse that was there already gets the same limits; its size stays
alter warehouse identifier($warehouse) set
    auto_suspend = 60
    auto_resume = true
    statement_timeout_in_seconds = 3600
    statement_queued_timeout_in_seconds = 600;
