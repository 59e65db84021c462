"""Operations: the `lakehouse` command (`cli`), one file per verb in `commands/`, and what the verbs share.

Imports ingestion; `devstack` only through `emulators` and the verbs that start it.
"""
