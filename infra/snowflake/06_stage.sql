-- What: the stage over s3://<stage bucket>/publish/, without credentials: it reads by the storage integration.
--       Its name is LAKEHOUSE_SNOWFLAKE_STAGE.
-- Who:  SYSADMIN
-- Undo: drop stage analytics.stages.publish; the files stay.

set stage = 'ANALYTICS.STAGES.PUBLISH';
-- LAKEHOUSE_STAGE with a slash at the end: terraform output stage_bucket_name
set stage_url = 's3://<stage bucket>/publish/';

use role sysadmin;

create stage if not exists identifier($stage)
    url = $stage_url
    storage_integration = lakehouse_stage
    comment = 'What lakehouse publish stages';

-- a stage that was there already gets these values and keeps its grants
alter stage identifier($stage) set
    url = $stage_url
    storage_integration = lakehouse_stage;
