"""Compares `brinery.cloudpickle` with cloudpickle: functions, closures, classes, enums and dataclasses by value.

    python functions.py [--modules N] [CASE …]

Runs alternate, the clock is the thread's CPU time, and what is printed is the median of the ratios of pairs of runs: above 1
brinery is faster. `loads` is `brinery.loads` with brinery in cloudpickle's place (`brinery.install`) against `pickle.loads`
with cloudpickle's helpers, each of what it wrote itself. The classes are known to the process that loads them, as they
are to one that has met them before.

Cold are functions whose code nobody has seen. The last cases are run with N (1,000) more modules in `sys.modules`: what a
function refers to by the name of a package is looked for among them.

Run it with the interpreter of an environment that has both packages, such as the one that python/test.sh makes.
"""

import dataclasses
import functools
import pickle
import statistics
import sys
import time
import types

import cloudpickle as stock

import brinery
from brinery import cloudpickle as own

ROUNDS = 21
COLD_ROUNDS = 9
SOURCE = """
import dataclasses, email, enum, json, xml.etree.ElementTree
K = 3
lam = lambda x: x + 1
def make():
    a, b = 1, 2
    return lambda: a + b
closure = make()
class Class10:
%s
class Enum4(enum.Enum):
    A = 1
    B = 2
    C = 3
    D = 4
@dataclasses.dataclass
class Data3:
    x: int
    y: float = 1.0
    z: str = ""
%s
def fn20():
    return %s
def helper(x):
    return K + x
def caller(x, *, y: int = 2):
    "Calls others."
    return [helper(lam(each)) for each in x]
def package():
    return email.message
def packages():
    return email.message, json.decoder, xml.etree.ElementTree
""" % (
    ''.join('    def m%d(self, x, y=1):\n        return self.m%d(x) + K + y\n' % (i, (i + 1) % 10) for i in range(10)),
    '\n'.join('g%d = %d' % (i, i) for i in range(20)),
    ' + '.join('g%d' % i for i in range(20)),
)
NAMES = {
    'lambda': 'lam',
    'closure of 2': 'closure',
    '20 globals': 'fn20',
    'calls functions': 'caller',
    'class, 10 methods': 'Class10',
    'enum of 4': 'Enum4',
    'dataclass of 3': 'Data3',
    'package': 'package',
}


def cases():
    module = types.ModuleType('__main__')
    exec(compile(SOURCE, '<bench>', 'exec'), module.__dict__)
    made = {case: getattr(module, name) for case, name in NAMES.items()}
    many = {'__name__': '__main__'}
    exec('\n'.join('def f%d(x):\n    return x + %d' % (i, i) for i in range(1000)), many)
    made['partial'] = functools.partial(module.fn20, 1)
    made['instance'] = module.Data3(1)
    made['100 lambdas'] = [eval('lambda x: x + %d' % i, {'__name__': '__main__'}) for i in range(100)]
    made['1000 functions'] = [many['f%d' % i] for i in range(1000)]
    made['imported function'] = dataclasses.dataclass
    return made, module.packages


def seconds(function, argument, calls):
    start = time.thread_time()
    for _ in range(calls):
        result = function(argument)
    taken = time.thread_time() - start
    del result
    return taken / calls


def ratio(ours, theirs, before=lambda which: None):
    """How many times as long cloudpickle takes, and the seconds of brinery: medians of pairs."""
    calls = {}
    for which, (function, argument) in (('own', ours), ('stock', theirs)):
        before(which)
        seconds(function, argument, 3)
        calls[which] = max(1, int(0.004 / max(seconds(function, argument, 1), 1e-7)))
    pairs = []
    for number in range(ROUNDS):
        taken = {}
        for which in ('own', 'stock') if number % 2 else ('stock', 'own'):
            before(which)
            taken[which] = seconds(*(ours if which == 'own' else theirs), calls[which])
        pairs.append((taken['own'], taken['stock']))
    return statistics.median(b / a for a, b in pairs), statistics.median(a for a, _ in pairs)


def place(which):
    """Puts the package in cloudpickle's place, or takes it out."""
    brinery.install() if which == 'own' else brinery.uninstall()


def unseen(text, number):
    """Functions with code of their own."""
    functions = []
    for each in range(number):
        space = {'__name__': '__main__', 'email': sys.modules.get('email'), **{'g%d' % i: i for i in range(20)}}
        exec('def f(x=None):\n    return %r, %s' % (time.perf_counter(), text), space)
        functions.append(space['f'])
    return functions


def cold(text, number=200):
    """As `ratio`, for the first `dumps` of each function."""
    def each(dumps):
        functions = unseen(text, number)
        start = time.thread_time()
        for function in functions:
            dumps(function)
        return (time.thread_time() - start) / number
    pairs = []
    for turn in range(COLD_ROUNDS):
        taken = {dumps: each(dumps) for dumps in ((own.dumps, stock.dumps) if turn % 2 else (stock.dumps, own.dumps))}
        pairs.append((taken[own.dumps], taken[stock.dumps]))
    return statistics.median(b / a for a, b in pairs), statistics.median(a for a, _ in pairs)


def show(name, dumps, loads=None):
    loads = '' if loads is None else '%7.2fx %10.2f' % (loads[0], loads[1] * 1e6)
    print('%-28s %7.2fx %10.2f %s' % (name, dumps[0], dumps[1] * 1e6, loads), flush=True)


def main(arguments):
    modules = int(arguments.pop(arguments.index('--modules') + 1)) if '--modules' in arguments else 1000
    print('Python %s (%s), against cloudpickle %s; above 1: brinery is faster' % (
        sys.version.split()[0], sys.executable, stock.__version__))
    print('%-28s %8s %10s %8s %10s' % ('', 'dumps', 'µs', 'loads', 'µs'))
    made, packages = cases()
    chosen = [argument for argument in arguments if not argument.startswith('--')]
    for name, value in made.items():
        if chosen and name not in chosen:
            continue
        data = own.dumps(value), stock.dumps(value)
        dumps = ratio((own.dumps, value), (stock.dumps, value))
        loads = ratio((brinery.loads, data[0]), (pickle.loads, data[1]), place)
        brinery.uninstall()
        show(name, dumps, loads)
    if chosen:
        return
    show('lambda, cold', cold('x'))
    show('20 globals, cold', cold(' + '.join('g%d' % i for i in range(20))))
    show('package, cold', cold('email.message'))
    for number in range(modules):
        sys.modules['stands_for_one_of_many_%d.inner' % number] = types.ModuleType('inner')
    show('package, %d modules' % modules, ratio((own.dumps, made['package']), (stock.dumps, made['package'])))
    show('3 packages, %d modules' % modules, ratio((own.dumps, packages), (stock.dumps, packages)))
    show('package, %d modules, cold' % modules, cold('email.message'))


if __name__ == '__main__':
    main(sys.argv[1:])
