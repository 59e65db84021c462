"""dbt as a child process: one process for a build (`command`), its artifacts, warnings, target, docs for Glue."""
