"""The command line: the same calls into core that the pages make, for CI, cron and a terminal."""
