"""Annotations in the files of other programs: reading them, and writing them whole or not at all."""
