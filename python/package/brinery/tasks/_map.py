"""A function called on many arguments, in processes."""

import itertools
import os
import signal
import sys
import time
import warnings
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool

from .. import cloudpickle
from ._pack import _exception, _record, _where

# Chunks that a worker has ahead of it.
_AHEAD = 3


class WorkerDied(BrokenProcessPool):
    """A worker process ended in the middle of its work.

    `items` are the places of the arguments that were under way, in all workers; `exitcode` is that of the process, negative
    for a signal, or `None` if it is not known.
    """

    def __init__(self, items, exitcode):
        super().__init__(items, exitcode)
        self.items, self.exitcode = items, exitcode

    def __str__(self):
        how = "" if self.exitcode is None else " by exit code %d" % self.exitcode
        if self.exitcode is not None and self.exitcode < 0:
            try:
                how = " of " + signal.Signals(-self.exitcode).name
            except ValueError:
                how = " of signal %d" % -self.exitcode
        return "a worker process ended%s; under way were the items %s" % (how, _places(self.items))


def parallel_map(fn, *iterables, **options):
    """`list(map(fn, *iterables))`, with the calls made in worker processes. Lambdas and closures will do.

    - `workers`: how many processes; as many as there are processors if not given
    - `ordered`: with `False`, an iterator over the results as they come instead of a list in order
    - `timeout`: seconds for all of it; then `TimeoutError` is raised and the workers are killed
    - `chunksize`: how many calls are sent at a time
    - `progress`: `True` or a title for a bar by tqdm, if that is installed; or a function of (done, total or None)
    - `context`: how processes start, by name ("fork", "spawn", "forkserver") or as a context of `multiprocessing`
    - `executor`: a `ProcessPoolExecutor` to use, which is not shut down, in place of one of its own

    The first exception of a call is raised here, with the remote traceback in its notes (its cause before Python 3.11);
    calls that have not begun are dropped. `WorkerDied` is raised if a process ends. The function is pickled once, and each
    worker loads it once.
    """
    if not iterables:
        raise TypeError("parallel_map needs an iterable to go over")
    lengths = [_length(iterable) for iterable in iterables]
    return _run(fn, zip(*iterables), None if None in lengths else min(lengths), **options)


def parallel_starmap(fn, iterable, **options):
    """`list(itertools.starmap(fn, iterable))` in worker processes: see `parallel_map`, also for the options."""
    return _run(fn, map(tuple, iterable), _length(iterable), **options)


def _run(
    fn,
    calls,
    total,
    *,
    workers=None,
    ordered=True,
    timeout=None,
    chunksize=None,
    progress=False,
    context=None,
    executor=None,
):
    if workers is None:
        workers = getattr(executor, "_max_workers", None) or os.cpu_count() or 1
    if workers < 1:
        raise ValueError("workers must be at least 1")
    if chunksize is None:
        # As `multiprocessing.Pool.map`: some chunks for each worker, so that the slow ones are evened out.
        chunksize = 1 if total is None else max(1, total // (workers * 8))
    if chunksize < 1:
        raise ValueError("chunksize must be at least 1")
    pickled = cloudpickle.dumps(fn)
    pool = _Pool(pickled, workers, context, executor)
    results = _results(pool, _chunks(calls, chunksize), ordered, timeout, _bar(progress, total))
    return list(results) if ordered else results


def _length(iterable):
    try:
        return len(iterable)
    except TypeError:
        return None


def _chunks(calls, size):
    """Where each chunk begins and ends, and its bytes."""
    at = 0
    while True:
        chunk = list(itertools.islice(calls, size))
        if not chunk:
            return
        yield range(at, at + len(chunk)), cloudpickle.dumps(chunk)
        at += len(chunk)


class _Pool:
    """An executor with what is needed of it: to send chunks, to know its processes, to end."""

    def __init__(self, pickled, workers, context, executor):
        self.workers, self.own, self.processes = workers, executor is None, {}
        self.pickled = None if self.own else pickled
        if self.own:
            if isinstance(context, str):
                import multiprocessing

                context = multiprocessing.get_context(context)
            executor = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(pickled,))
        self.executor = executor

    def send(self, chunk):
        future = self.executor.submit(_work, self.pickled, chunk)
        self.processes.update(getattr(self.executor, "_processes", None) or {})
        return future

    def died(self, pending):
        """What is raised when one of the processes has ended."""
        codes = []
        for process in self.processes.values():
            process.join(1)
            codes.append(process.exitcode)
        # The executor has ended the others by SIGTERM.
        codes = [code for code in codes if code]
        return WorkerDied(self.under_way(pending), min(codes, key=lambda code: code == -signal.SIGTERM, default=None))

    def under_way(self, pending):
        """The places of the items that workers are at: chunks are begun in their order."""
        unfinished = [places for future, places in pending.items() if not future.done() or future.exception()]
        return [place for places in unfinished[: self.workers] for place in places]

    def end(self, futures, kill):
        for future in futures:
            future.cancel()
        if not self.own:
            return
        if kill:
            self.processes.update(getattr(self.executor, "_processes", None) or {})
            for process in self.processes.values():
                process.kill()
        self.executor.shutdown(wait=True, cancel_futures=True)


def _results(pool, chunks, ordered, timeout, bar):
    end = None if timeout is None else time.monotonic() + timeout
    # Futures with the places of their items, as they were sent; and what has come too early, by its first place.
    pending, early = {}, {}
    done = following = 0
    more, kill = True, False
    try:
        while True:
            while more and len(pending) < pool.workers * _AHEAD:
                places, chunk = next(chunks, (None, None))
                more = chunk is not None
                if more:
                    try:
                        pending[pool.send(chunk)] = places
                    except BrokenProcessPool:
                        raise pool.died(pending) from None
            if not pending:
                return
            finished, _ = wait(pending, end and max(0, end - time.monotonic()), FIRST_COMPLETED)
            if not finished:
                kill = True
                message = "after %g s %d items were done; under way were the items %s"
                raise TimeoutError(message % (timeout, done, _places(pool.under_way(pending))))
            for future in [future for future in pending if future in finished]:
                try:
                    values, record = cloudpickle.loads(future.result())
                except BrokenProcessPool:
                    raise pool.died(pending) from None
                places = pending.pop(future)
                done += len(values)
                bar.update(len(values))
                early[following if not ordered else places.start] = values, record, places.stop
                # In order, so that of several exceptions the first one in the order is raised.
                while following in early:
                    values, record, stop = early.pop(following)
                    yield from values
                    if record is not None:
                        raise _exception(record)
                    following = stop if ordered else following
    except KeyboardInterrupt:
        kill = True
        raise
    finally:
        bar.close()
        pool.end(pending, kill)


def _places(items):
    text = ", ".join(map(str, items[:8]))
    return text + (" and %d more" % (len(items) - 8) if len(items) > 8 else "")


# In the worker: the function's pickle from the beginning, and the functions that are loaded.
_pickled = None
_loaded = {}


def _begin(pickled):
    global _pickled
    _pickled = pickled


def _work(pickled, chunk):
    """Makes the calls of a chunk up to the first that fails: the pickle of the results and of the failure, if any."""
    pickled = _pickled if pickled is None else pickled
    values, record = [], None
    try:
        function = _loaded.get(pickled)
        if function is None:
            # One at a time: an executor that is used for many functions would keep them all.
            _loaded.clear()
            function = _loaded[pickled] = cloudpickle.loads(pickled)
        for arguments in cloudpickle.loads(chunk):
            values.append(function(*arguments))
    except BaseException as error:
        record = _record(error, None, 1, "")
    try:
        return cloudpickle.dumps((values, record))
    except Exception:
        pass
    # One of the results cannot be pickled: those before it are given.
    for at, value in enumerate(values):
        try:
            cloudpickle.dumps(value)
        except Exception as error:
            return cloudpickle.dumps((values[:at], _record(error, None, 1, _where(value))))
    raise AssertionError("each of the results can be pickled, but not all of them together")


class _NoBar:
    def update(self, count):
        pass

    def close(self):
        pass


class _Told(_NoBar):
    def __init__(self, function, total):
        self.function, self.total, self.done = function, total, 0
        function(0, total)

    def update(self, count):
        self.done += count
        self.function(self.done, self.total)


def _bar(progress, total):
    if not progress:
        return _NoBar()
    if callable(progress):
        return _Told(progress, total)
    try:
        from tqdm.auto import tqdm
    except ImportError:
        warnings.warn("no progress bar: tqdm is not installed (pip install tqdm)", RuntimeWarning, stacklevel=4)
        return _NoBar()
    return tqdm(total=total, desc=progress if isinstance(progress, str) else None, file=sys.stderr)
