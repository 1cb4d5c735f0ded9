"""`python -m engine JOB`: runs or resumes a job folder. Exit code 0 done, 1 error, 3 cancelled."""

from __future__ import annotations

import argparse
import sys

from . import parent
from .job import Job


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m engine", description="Run or resume a job folder of Infinite Parallax.")
    parser.add_argument("job", help="the folder that holds job.json")
    parent.add_flag(parser)
    arguments = parser.parse_args()
    if arguments.watch_stdin:
        parent.watch()
    from .worker import run  # the heavy imports come after the watch has begun

    job = Job(arguments.job)
    if not job.folder.is_dir():
        print(f"There is no job folder at {job.folder}: generate the parallax first", file=sys.stderr)
        return 1
    ending = run(job)
    if ending.kind != "done":
        print(ending.text, file=sys.stderr)
    return {"done": 0, "cancelled": 3}.get(ending.kind, 1)


if __name__ == "__main__":
    sys.exit(main())
