-- What: the user that publishes: a service, so it has no password and signs in by key pair. Its public key is set once:
--       alter user lakehouse set rsa_public_key = '<public key without its first and last line>';
-- Who:  USERADMIN
-- Undo: drop user lakehouse;

set user_name = 'LAKEHOUSE';
set publisher = 'LAKEHOUSE_PUBLISHER';
set warehouse = 'LAKEHOUSE_PUBLISH';

use role useradmin;

create user if not exists identifier($user_name)
    type = service
    default_role = $publisher
    default_warehouse = $warehouse
    comment = 'Runs lakehouse publish';

grant role identifier($publisher) to user identifier($user_name);
