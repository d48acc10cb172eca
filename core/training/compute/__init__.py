"""Where the fits of a run are done: processes of this machine, or the workers of a Dask cluster."""
