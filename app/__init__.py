"""The desktop program and the `humpcat` command."""
