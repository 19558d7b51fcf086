"""How the default extractor understands a text: from printed numbers to what each is said to be."""
