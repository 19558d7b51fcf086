"""The embedded default source: real figures as data files, and their reader."""
