"""The column `file` of csv and jsonl: which item a row is about."""

from itertools import chain, islice


class ItemNames:
    """Paths relative to the input they came from."""

    def __init__(self, input_roots):
        roots = {root if root.endswith("/") else root + "/" for root in input_roots}
        self._roots = sorted(roots, key=len, reverse=True)

    def name(self, path):
        """The path without the longest input root that it begins with; whole when it begins with none."""
        for root in self._roots:
            if path.startswith(root):
                return path[len(root) :]
        return path

    def name_all(self, paths):
        return [self.name(path) for path in paths]


def pair_with_names(elements, names):
    """(name, element) for each element. One item: all rows are about it. As many elements as items: one each. Else
    nobody can know, and the name is empty. Elements are consumed as they come: at most one more than there are items is
    held.
    """
    if len(names) == 1:
        return ((names[0], element) for element in elements)
    rest = iter(elements)
    head = list(islice(rest, len(names) + 1))
    if len(head) == len(names):
        return zip(names, head)
    return (("", element) for element in chain(head, rest))


def names_for_frame(frame, names):
    """The same for the rows of a DataFrame."""
    if len(names) == 1:
        return names * len(frame)
    return names if len(names) == len(frame) else [""] * len(frame)
