"""What jobs do: one module for each kind, with `run(run_folder, options, control)`; steps of a job that is resumed are
taken up where they were."""
