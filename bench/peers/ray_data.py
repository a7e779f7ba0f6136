"""Ray Data: from_items of the paths, map_batches with a class as Ray's own batch inference guide does, order kept."""

import sys

import ray
from loop import load_script, parse_arguments, plan, score, write_results
from ray_actors import start_ray


class Scorer:
    def __init__(self, script):
        load_script(script)

    def __call__(self, batch):
        rows, start, seconds = score([str(path) for path in batch["path"]])
        return {"rows": [rows], "start": [start], "seconds": [seconds]}


def main():
    options = parse_arguments()
    start_ray(options.workers)
    context = ray.data.DataContext.get_current()
    context.execution_options.preserve_order = True
    context.enable_progress_bars = False
    paths = [{"path": path} for mini_batch in plan(options) for path in mini_batch]
    blocks = max(options.workers, min(200, len(paths) // (options.size * 50)))
    scored = ray.data.from_items(paths, override_num_blocks=blocks).map_batches(
        Scorer,
        fn_constructor_args=[options.script],
        batch_size=options.size,
        concurrency=options.workers,
    )
    write_results(((row["rows"], row["start"], row["seconds"]) for row in scored.iter_rows()), options.output)
    ray.shutdown()


if __name__ == "__main__":
    sys.exit(main())
