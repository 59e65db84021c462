"""What can go wrong in bronze. Messages say what happened, where, what was expected and how to go on."""


class BronzeError(RuntimeError):
    """A load can't go on; nothing of it was committed to the table."""


class ContractViolation(BronzeError):
    """A whole table, not one of its rows, doesn't have the shape it must have."""


class ConcurrentLoad(BronzeError):
    """Another load of the same table runs or came first; nothing was loaded twice. Run again."""

    exit_code = 3


class SourceShrunk(BronzeError):
    """A full read returned far fewer rows than the last one."""


class CountMismatch(BronzeError):
    """Rows read are not landed + quarantined + already there: a fault of this program, so nothing is committed."""
