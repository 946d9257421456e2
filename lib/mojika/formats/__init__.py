"""Pages that were read as files of other programs: one module a format, all of them in `formats.registry`."""
