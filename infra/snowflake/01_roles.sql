-- What: the roles of `lakehouse publish` (publisher) and of those who read its copies (reader). SYSADMIN inherits both.
-- Who:  USERADMIN
-- Undo: drop role lakehouse_publisher; drop role lakehouse_reader;
--       Objects that the publisher owns pass to the role that drops it.

set publisher = 'LAKEHOUSE_PUBLISHER';
set reader = 'LAKEHOUSE_READER';

use role useradmin;

create role if not exists identifier($publisher) comment = 'Runs lakehouse publish';
create role if not exists identifier($reader) comment = 'Reads what lakehouse publish copied';

grant role identifier($publisher) to role sysadmin;
grant role identifier($reader) to role sysadmin;
