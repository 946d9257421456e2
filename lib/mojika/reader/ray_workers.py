"""The pages of a run on a Ray cluster: each worker keeps its models loaded and does what one machine does alone.

Scans, models and the output folder are on a file system that all machines share, under the same paths. What a worker
that was killed had finished is found by its state; the rest of its pages are given to others.
"""

import os
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from mojika.errors import ParameterError, UserError
from mojika.reader.page_work import PageResult, PageWork
from mojika.runtime.parallel import available_cores
from mojika.scans.scan import Scan

LOCAL = "local"
_TRIES = 3  # of a page, as one may be what ends its workers


def recognize_on_ray(
    work: PageWork,
    scans: Sequence[Scan],
    address: str,
    workers: int | None = None,
    before_page: Callable[[], None] = lambda: None,
) -> Iterator[PageResult]:
    """What became of each page, as they are done, by `workers` (one for each GPU of the cluster, or for each core where
    it has none) on the cluster at `address`, or on one that is started here for `LOCAL`.

    `before_page` may raise to stop; pages in work are then left to the next run. Raises `UserError` where Ray is not
    installed, no cluster answers, or the models cannot be loaded.
    """
    ray = _imported()
    with _cluster(ray, address, workers):
        resources = _resources(ray, work)
        count = min(workers or _number_of_workers(ray, resources), len(scans))
        work.say(f"ray: {count} workers on {len(ray.nodes())} machines")
        actor = ray.remote(max_restarts=-1, max_task_retries=_TRIES - 1, **resources)(_Worker)
        free = deque(actor.remote(work, os.getcwd()) for _ in range(count))
        yield from _results(ray, deque(scans), free, before_page)


class _Worker:
    def __init__(self, work: PageWork, folder: str):
        os.chdir(folder)
        self.work = work

    def read(self, scan: Scan) -> PageResult:
        return self.work.finish(self.work.look_at(scan))


def _results(ray: Any, waiting: deque[Scan], free: deque[Any], before_page: Callable[[], None]) -> Iterator[PageResult]:
    in_work: dict[Any, tuple[Any, Scan]] = {}
    while waiting or in_work:
        before_page()
        while waiting and free:
            worker, scan = free.popleft(), waiting.popleft()
            in_work[worker.read.remote(scan)] = worker, scan
        done, _ = ray.wait(list(in_work), timeout=1)
        for reference in done:
            worker, scan = in_work.pop(reference)
            free.append(worker)
            yield _result(ray, reference, scan)


def _result(ray: Any, reference: Any, scan: Scan) -> PageResult:
    try:
        result: PageResult = ray.get(reference)
        return result
    except ray.exceptions.RayActorError:
        return PageResult(scan.source, "failed", reason=f"{_TRIES} workers ended at it; is there enough memory?")
    except ray.exceptions.RayTaskError as error:
        raise (error.cause if isinstance(error.cause, UserError) else error) from None


@contextmanager
def _cluster(ray: Any, address: str, workers: int | None) -> Iterator[None]:
    """Connected to the cluster; signals stay ours."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    options: dict[str, Any] = {"log_to_driver": False, "include_dashboard": False, "logging_level": "ERROR"}
    try:
        if address == LOCAL:
            ray.init(address=LOCAL, num_cpus=max(workers or 0, available_cores()), **options)
        else:
            ray.init(address=address, **options)
    except (ConnectionError, ValueError, RuntimeError, TimeoutError) as error:
        raise ParameterError(f"{{ray}} {address}: no cluster answers: {str(error).splitlines()[0]}") from None
    try:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        yield
    finally:
        ray.shutdown()


def _resources(ray: Any, work: PageWork) -> dict[str, float]:
    gpu = work.reader.device != "cpu" and ray.cluster_resources().get("GPU", 0) >= 1
    return {"num_gpus": 1} if gpu else {"num_cpus": 1}


def _number_of_workers(ray: Any, resources: dict[str, float]) -> int:
    kind = "GPU" if "num_gpus" in resources else "CPU"
    return max(1, int(ray.cluster_resources().get(kind, 1)))


def _imported() -> Any:
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # Ray's own future default
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is reported to anybody
    try:
        import ray
    except ImportError:
        raise ParameterError("{ray}: Ray is not installed; `pip install 'mojika[ray]'` installs it") from None
    return ray
