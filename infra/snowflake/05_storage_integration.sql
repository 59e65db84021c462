-- What: lets Snowflake read s3://<stage bucket>/publish/ as the AWS role `snowflake` of infra/modules/access, and no
--       other place. Two steps, because each side names the other: README.md beside this file.
--       Never replace an integration: Snowflake would make another external id, and stages would lose it.
-- Who:  ACCOUNTADMIN
-- Undo: drop integration lakehouse_stage; stages that use it then read nothing.

set integration = 'LAKEHOUSE_STAGE';
-- terraform output -json role_arns
set role_arn = 'arn:aws:iam::<account>:role/<role>';
-- the external_id of the Terraform variable `snowflake`
set external_id = '<external id>';
-- LAKEHOUSE_STAGE with a slash at the end: terraform output stage_bucket_name
set stage_url = 's3://<stage bucket>/publish/';

use role accountadmin;

create storage integration if not exists identifier($integration)
    type = external_stage
    storage_provider = 's3'
    enabled = true
    storage_aws_role_arn = $role_arn
    storage_aws_external_id = $external_id
    storage_allowed_locations = ($stage_url)
    comment = 'Reads what lakehouse publish stages';

-- an integration that was there already gets these values
alter storage integration identifier($integration) set
    enabled = true
    storage_aws_role_arn = $role_arn
    storage_aws_external_id = $external_id
    storage_allowed_locations = ($stage_url);

-- SYSADMIN makes the stage
grant usage on integration identifier($integration) to role sysadmin;

-- STORAGE_AWS_IAM_USER_ARN and STORAGE_AWS_EXTERNAL_ID: Terraform's snowflake = {account_arn, external_id}
desc integration identifier($integration);
