"""The models on Apache Spark, and the reader of filings as a function mapped over a cluster.

Belongs here: starting a session, naming the raw tables in it, running dbt on it, mapping what
`ingest` does with one filing over many. Does not belong here: what a figure is (dbt says), how a
document is read (`ingest` does). It runs in an environment of its own (`make spark-env`), and
nothing else imports it.
"""
