"""Modules among the globals of functions, and imports when they are called."""

import collections.abc as shapes
import concurrent.futures
import importlib.util
import math
import os.path
import xml.dom.minidom
from collections import OrderedDict as Ordered
from math import sqrt


def modules(x):
    return [math.floor(x), sqrt(16), list(Ordered([("k", 1)])), issubclass(list, shapes.Sequence)]


@kind
def imports():
    return modules


@use
def imports(f):
    return f(2.5)


def submodule(text):
    return xml.dom.minidom.parseString(text).documentElement.tagName


@kind
def submodules():
    return submodule


@use
def submodules(f):
    return f("<root/>")


def futures():
    return concurrent.futures.Future().done()


@kind
def submodule_of_a_package():
    return futures


@use
def submodule_of_a_package(f):
    return f()


def spec():
    return importlib.util.find_spec("math").name


@kind
def submodule_of_a_loaded_package():
    return spec


@use
def submodule_of_a_loaded_package(f):
    return f()


def joined():
    return os.path.join("a", "b").replace(os.sep, "/")


@kind
def module_under_another_name():
    return joined


@use
def module_under_another_name(f):
    return f()


def imports_inside():
    import xml.etree.ElementTree as tree
    from collections import Counter

    return [tree.fromstring("<a><b/></a>")[0].tag, Counter("aab")["a"]]


@kind
def imported_when_called():
    return imports_inside


@use
def imported_when_called(f):
    return f()
