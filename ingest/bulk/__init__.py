"""What the SEC offers in bulk, streamed into the lake without being unpacked to disk."""
