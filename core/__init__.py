"""Slipway's logic: from a data file to a served model, with no user interface in it."""

import os

# Threads of one computation wait for each other asleep, not in a loop that takes the core from what they
# wait for: where other processes work too, fitting boosting in two threads took 18 s so, and 0.6 s asleep.
# Before they fall asleep they look for as long as the next step mostly takes to come (about 30 microseconds,
# where the threads are GNU's): without that, two threads of boosting were as slow as one, or slower.
# It is read when the library of threads is loaded, which is with scikit-learn.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
    os.environ.setdefault("GOMP_SPINCOUNT", "10000")
