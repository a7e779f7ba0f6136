"""multiprocessing.Pool: imap over the mini-batches, `--chunk` of them a message."""

import multiprocessing

from loop import load_script, parse_arguments, plan, score, write_results

if __name__ == "__main__":
    options = parse_arguments()
    with multiprocessing.Pool(options.workers, load_script, [options.script]) as pool:
        write_results(pool.imap(score, plan(options), options.chunk), options.output)
