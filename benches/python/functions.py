"""Compares `brinery.cloudpickle` with cloudpickle and dill: functions, closures, classes, enums and dataclasses by
value.

    python functions.py [--modules N] [CASE …]

How it is measured: timing.py. Above 1, brinery is faster. `loads` is `brinery.loads` with brinery in cloudpickle's
place (`brinery.install`) against `pickle.loads` with cloudpickle's helpers, each of what it wrote itself. The classes
are known to the process that loads them, as they are to one that has met them before.

Cold are functions whose code nobody has seen. The last cases are run with N (1,000) more modules in `sys.modules`: what
a function refers to by the name of a package is looked for among them.

Run it with the interpreter of an environment that has both packages, such as the one that python/test.sh makes.
"""

import dataclasses
import functools
import pickle
import os
import sys
import time
import types
import warnings

import cloudpickle as stock

import brinery
import timing
from brinery import cloudpickle as own

try:
    import dill
except ImportError:
    dill = None

ROUNDS = int(os.environ.get("BRINERY_ROUNDS", "21"))
COLD_ROUNDS = int(os.environ.get("BRINERY_ROUNDS", "9"))
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


def dumpers(value):
    """Name to `dumps`, of those that can."""
    able = {'brinery': own.dumps, 'cloudpickle': stock.dumps}
    if dill is not None:
        # By itself it takes along all of `__main__`; so it takes what is referred to, as the others do.
        dumps = functools.partial(dill.dumps, recurse=True)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter('ignore')
                dill.loads(dumps(value))
            able['dill'] = dumps
        except Exception as error:
            print('functions.py: dill cannot: %s' % error, file=sys.stderr)
    return able


def compare_dumps(value, able):
    return timing.race({who: timing.calling(dumps, value, 0.004) for who, dumps in able.items()}, ROUNDS)


def compare_loads(value, able):
    """With brinery in cloudpickle's place while it has its turn."""
    loaders = {'brinery': brinery.loads, 'cloudpickle': pickle.loads, 'dill': dill and dill.loads}

    def run(who, data):
        def in_place():
            brinery.install() if who == 'brinery' else brinery.uninstall()
            return runs[who]()
        brinery.install() if who == 'brinery' else brinery.uninstall()
        runs[who] = timing.calling(loaders[who], data, 0.004)
        return in_place

    runs = {}
    try:
        # All are written before brinery is put in cloudpickle's place.
        written = {who: dumps(value) for who, dumps in able.items()}
        return timing.race({who: run(who, data) for who, data in written.items()}, ROUNDS)
    finally:
        brinery.uninstall()


def unseen(text, number):
    """Functions with code of their own."""
    functions = []
    for each in range(number):
        space = {'__name__': '__main__', 'email': sys.modules.get('email'), **{'g%d' % i: i for i in range(20)}}
        exec('def f(x=None):\n    return %r, %s' % (time.perf_counter(), text), space)
        functions.append(space['f'])
    return functions


def cold(text, number=200):
    """The first `dumps` of each function."""
    def each(dumps):
        functions = unseen(text, number)
        start = time.thread_time()
        for function in functions:
            dumps(function)
        return (time.thread_time() - start) / number
    both = {'brinery': own.dumps, 'cloudpickle': stock.dumps}
    return timing.race({who: lambda dumps=dumps: each(dumps) for who, dumps in both.items()}, COLD_ROUNDS)


def show(name, work, results):
    timing.save('functions', work, name, results)
    print('%-28s %s %s' % (name, work, timing.cells(results)), flush=True)


def main(arguments):
    modules = int(arguments.pop(arguments.index('--modules') + 1)) if '--modules' in arguments else 1000
    print('%s (%s), against cloudpickle %s; above 1: brinery is faster' % (
        timing.build(), sys.executable, stock.__version__))
    made, packages = cases()
    chosen = [argument for argument in arguments if not argument.startswith('--')]
    for name, value in made.items():
        if chosen and name not in chosen:
            continue
        able = dumpers(value)
        show(name, 'dumps', compare_dumps(value, able))
        show(name, 'loads', compare_loads(value, able))
    if chosen:
        return
    show('lambda, cold', 'dumps', cold('x'))
    show('20 globals, cold', 'dumps', cold(' + '.join('g%d' % i for i in range(20))))
    show('package, cold', 'dumps', cold('email.message'))
    for number in range(modules):
        sys.modules['stands_for_one_of_many_%d.inner' % number] = types.ModuleType('inner')
    both = {'brinery': own.dumps, 'cloudpickle': stock.dumps}
    show('package, %d modules' % modules, 'dumps', compare_dumps(made['package'], both))
    show('3 packages, %d modules' % modules, 'dumps', compare_dumps(packages, both))
    show('package, %d modules, cold' % modules, 'dumps', cold('email.message'))


if __name__ == '__main__':
    main(sys.argv[1:])
