"""The verbs of `lakehouse`, a file each: options, help text, output. A dash in a verb is an underscore here.

What two verbs need stands outside. `operations/cli.py` imports a file only when its verb is called.
"""
