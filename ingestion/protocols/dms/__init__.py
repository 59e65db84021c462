"""AWS DMS's change files on S3: the order that their names give, and rows as changes. May import `files`."""
