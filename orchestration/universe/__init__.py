"""Every filer through the same models, bucket by bucket."""
