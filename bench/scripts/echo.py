"""The least that a scoring script can do: a row for each file, its path."""


def init():
    pass


def run(mini_batch):
    return mini_batch
