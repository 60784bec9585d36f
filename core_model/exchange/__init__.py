"""Projects and annotation formats: what goes out of a project, and what comes in, looked at before it is done."""
