"""The two ways in which a command ends early without being wrong itself."""


class UserError(Exception):
    """Something the user can mend: one line that says what was expected, what was found and what to do.

    Entry points print it without a traceback and exit with status 2.
    """


class Interrupted(Exception):
    """A signal asked for an orderly stop; what was done is saved and the same command continues it.

    Entry points exit with status 75 (`EX_TEMPFAIL`).
    """
