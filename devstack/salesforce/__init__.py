"""A Salesforce org, emulated: OAuth and SOAP login, REST query with pages, describe, limits, deleted and updated
records, and Bulk API 2.0 queries with locators.

Records come from `<home>/services/salesforce/<Object>.parquet`, read anew for each query; deleted ones are in there
with IsDeleted true. Tokens, pages and jobs are forgotten at a restart, as a real session may expire at any time.
"""
