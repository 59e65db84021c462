-- What: a monthly limit of credits on the publisher's warehouse: a notification at 50 and 80 percent, at 100 percent its
--       statements end and it stops, at 110 percent it stops at once. Choose the quota.
-- Who:  ACCOUNTADMIN (no other role makes resource monitors)
-- Undo: alter warehouse lakehouse_publish unset resource_monitor; drop resource monitor lakehouse_publish;

set warehouse = 'LAKEHOUSE_PUBLISH';

use role accountadmin;

create resource monitor if not exists lakehouse_publish with
    frequency = monthly
    start_timestamp = immediately
    triggers
        on 50 percent do notify
        on 80 percent do notify
        on 100 percent do suspend
        on 110 percent do suspend_immediate;

-- a second run with another quota changes it; what was used this month still counts
alter resource monitor lakehouse_publish set credit_quota = 20;

alter warehouse identifier($warehouse) set resource_monitor = lakehouse_publish;
