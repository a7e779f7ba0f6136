"""Ray actors behind an ActorPool: one call for each mini-batch."""

import logging
import os
import sys

import ray
from loop import load_script, parse_arguments, plan, score, write_results
from ray.util import ActorPool


@ray.remote(num_cpus=1)
class Scorer:
    def __init__(self, script):
        load_script(script)

    def score(self, mini_batch):
        return score(mini_batch)


def main():
    options = parse_arguments()
    start_ray(options.workers)
    actors = [Scorer.remote(options.script) for _ in range(options.workers)]
    pool = ActorPool(actors)
    results = pool.map(lambda actor, mini_batch: actor.score.remote(mini_batch), plan(options))
    write_results(results, options.output)
    ray.shutdown()


def start_ray(workers):
    here = os.path.dirname(os.path.abspath(__file__))
    ray.init(
        num_cpus=workers,
        include_dashboard=False,
        logging_level=logging.ERROR,
        log_to_driver=False,
        runtime_env={"env_vars": {"PYTHONPATH": here}},
    )


if __name__ == "__main__":
    sys.exit(main())
