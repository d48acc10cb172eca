"""Version to predictions: contract, engine, batches, and HTTP in `api`."""
