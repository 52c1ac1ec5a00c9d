"""Functions with and without jumps, as an old cloudpickle writes them.

    python -I -S lnotab_functions.py DIRECTORY

DIRECTORY is where to import cloudpickle from. One JSON line for each function: [name, the pickle in hexadecimal digits, an
expression of `f` (which is what is loaded), what that is here].
"""

import sys

sys.path.insert(0, sys.argv[1])

import json

import cloudpickle

# Each is a name, calls of `f`, and its text.
SOURCES = '''
factorial: [f(n) for n in range(6)]
def f(n):
    return 1 if n < 2 else n * f(n - 1)
---
identity: f(1)
def f(n):
    return n
---
nothing: f(1)
def f(n):
    pass
---
method: f('x')
def f(text):
    return text.join(['a', 'b']).upper()
---
listcomp: f(range(4))
def f(all):
    return [i for i in all if i]
---
loop: f(5)
def f(n):
    total = 0
    for i in range(n):
        total += i
    return total
---
countdown: f(5)
def f(n):
    while n:
        n -= 1
    return n
---
handler: [f(n) for n in (0, 1, 'x')]
def f(n):
    try:
        return 1 / n
    except ZeroDivisionError:
        return 'none'
    except TypeError as error:
        return str(error)
---
cleanup: f([])
def f(all):
    try:
        all.append(1)
    finally:
        all.append(2)
    return all
---
context: f(__import__('threading').Lock())
def f(lock):
    with lock:
        return 1
---
either: [f(n) for n in (0, 1)]
def f(n):
    if n:
        return 1
    return 2
---
perhaps: [f(n) for n in (0, 1)]
def f(n):
    if n:
        return 1
---
chain: [f(n) for n in (0, 3, [4, 5])]
def f(n):
    return n and n == 3 or not n or n[1]
---
lambda: f(2)
f = lambda x: x * 2
---
forever: f(0)
def f(n):
    while True:
        n += 1
        if n > 10:
            break
    return n
---
generator: list(f(3))
def f(n):
    for i in range(n):
        yield i
---
straight_generator: list(f(3))
def f(n):
    yield n
    yield n + 1
---
coroutine: f(1).close()
async def f(n):
    await n
---
unpacking: f(3)
def f(n):
    x = [1, n]
    return {**{1: 2}}, [*x], (*x, n)
---
unpacked: f([3])
def f(all):
    return (1, *all)
---
importing: f('x')
def f(name):
    import os.path
    return os.path.basename(name)
---
raising: f(1)
def f(n):
    raise ValueError(n)
---
asserting: [f(n) for n in (1,)]
def f(n):
    assert n, 'x'
    return n
---
several: [f(n) for n in (1, None, 9)]
def f(n):
    if n in (1, 2):
        return 1
    elif n is None:
        return 0
    while n:
        if n == 5:
            break
        n -= 1
    return n
---
inner: [f(1)(), f(0)]
def f(n):
    def g():
        return n
    return g if n else n
---
fibonacci: f(7)
def f(n):
    return n if n < 2 else f(n - 1) + f(n - 2)
---
conditional: [f(1), f(2)]
f = lambda n: n if n < 2 else 3
---
mean: [f([]), f([1, 3])]
def f(all):
    return sum(all) / len(all) if all else 0
---
comparison: [f(n) for n in (0, 5, 20)]
def f(n):
    return 1 < n < 10
---
defaults: [f(), f(None)]
def f(n=3):
    n = n or 4
    return n
---
searching: [f([1, 2], 2), f([], 1)]
def f(all, wanted):
    for i, item in enumerate(all):
        if item == wanted:
            return i
    else:
        return -1
---
loose_end: f([3])
def f(all):
    while True:
        if all:
            return 1
        all.append(1)
---
recursive_closure: f(4)
def make():
    def even(n):
        return n == 0 or odd(n - 1)
    def odd(n):
        return n != 0 and even(n - 1)
    return even
f = make()
'''


def evaluated(expression, f):
    try:
        return ascii(eval(expression, {"f": f}))
    except Exception as error:
        return ascii(error)


for text in SOURCES.split("---\n"):
    head, source = text.strip().split("\n", 1)
    name, expression = head.split(": ", 1)
    names = {"__name__": "__main__"}
    exec(compile(source, "written.py", "exec"), names)
    f = names["f"]
    print(json.dumps([name, cloudpickle.dumps(f, 4).hex(), expression, evaluated(expression, f)]))
