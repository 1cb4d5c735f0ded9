"""`python -m engine JOB`: runs or resumes a job folder. Exit code 0 done, 1 error, 3 cancelled."""

from __future__ import annotations

import argparse
import os
import sys
import threading

from .job import Job


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m engine", description="Run or resume a job folder of Infinite Parallax.")
    parser.add_argument("job", help="the folder that holds job.json")
    parser.add_argument("--watch-stdin", action="store_true",
                        help="end when standard input closes, as when the program that started this one ends")
    arguments = parser.parse_args()
    if arguments.watch_stdin:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    from .worker import run  # the heavy imports come after the watch has begun

    job = Job(arguments.job)
    if not job.folder.is_dir():
        print(f"There is no job folder at {job.folder}: generate the parallax first", file=sys.stderr)
        return 1
    ending = run(job)
    if ending.kind != "done":
        print(ending.text, file=sys.stderr)
    return {"done": 0, "cancelled": 3}.get(ending.kind, 1)


def _end_with_parent() -> None:
    """Finished steps are on disk and everything is written whole, so ending at once loses nothing but the step in hand."""
    while os.read(0, 1):  # not sys.stdin: its lock would be held when the interpreter shuts down
        pass
    os._exit(4)


if __name__ == "__main__":
    sys.exit(main())
