"""The only room that knows Dagster: assets, checks, jobs, and the command line over them."""
