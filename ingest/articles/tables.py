"""Tables flattened to text."""


def read_tables(story, passages, concepts):
    return [], set()
