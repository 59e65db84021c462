"""Values: bronze's types, casts that lose nothing, names in bronze's spelling, JSON text, cursors as numbers.

Functions over Arrow columns; nothing here opens a connection or a file. Imports specs and columns alone.
"""
