"""SQL databases: windows over a cursor column, declared types, literals, sessions of DB-API drivers, addresses.

`windows` is what a source calls. Imports no other protocol but `config`.
"""
