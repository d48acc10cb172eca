"""Slipway's logic: from a data file to a served model, with no user interface in it."""

import os

# Threads of one computation wait for each other asleep, not in a loop that takes the core from what they
# wait for: where other processes work too, fitting boosting in two threads took 18 s so, and 0.6 s asleep.
# It is read when the library of threads is loaded, which is with scikit-learn.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
