"""The `humpcat` command line: one module for each command."""
