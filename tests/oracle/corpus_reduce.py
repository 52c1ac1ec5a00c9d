"""Corpus cases of instances, reduce values and library types (see `corpus`)."""

import array
import collections
import copyreg
import datetime
import decimal
import fractions
import functools
import sys
import uuid

from corpus_classes import (
    A, D, E1, GNA, GNAE, GNAE0, Int, L, NT, Nested, R, RS, SelfReduce, SetSub, Slots,
    SlotsDict, StateFalse, Str, T, X2, X4, func, rs_obj, rsx, setattr_state,
)


def add_cases(add, case):
    add_instances(add, case)
    add_reduce_shapes(add)
    add_reduce_strings(add)
    add_unpicklable(add)
    add_library_types(add)
    add_extensions(add)


def add_instances(add, case):
    add('inst', A)
    add('slots_empty', Slots)
    add('two_insts', lambda: [A(), A()])
    add('selfreduce', SelfReduce)
    for cls in (GNA, GNAE, GNAE0, StateFalse):
        add(cls.__name__, cls)

    @case
    def inst2():
        obj = A()
        obj.x = 1
        obj.y = 's'
        return obj

    @case
    def slots():
        obj = Slots()
        obj.a = 1
        return obj

    @case
    def slotsd():
        obj = SlotsDict()
        obj.a = 1
        obj.z = 2
        return obj

    @case
    def listsub_attr():
        obj = L([1, 2])
        obj.x = 1
        return obj

    @case
    def dictsub_attr():
        obj = D({1: 2})
        obj.x = 1
        return obj

    # Nested names are written as one dotted name, as getattr calls, or as two
    # strings and STACK_GLOBAL, depending on protocol and version.
    add('two_nested', lambda: [Nested.In, Nested.In.Deep, Nested.In])
    add('nested_inst', lambda: [Nested.In.Deep(), Nested.In()])

    # The very strings that the pickler takes from the class are in the memo already.
    add('str_then_class', lambda: [sys.intern('A'), sys.intern(A.__module__), A])

    add('T', lambda: T((1, 2)))
    add('Str', lambda: Str('abc'))
    add('Int', lambda: Int(5))
    add('NT', lambda: NT(1, 2))
    add('SetSub', lambda: SetSub([1]))
    add('obj', object)
    add('bm', lambda: A().__init__)
    add('boundm', lambda: Nested.In().meth)


def add_reduce_shapes(add):
    add('R_state_setter', lambda: R(A, (), {'a': 1}, None, None, setattr_state))
    add('R_state_setter_nostate', lambda: R(A, (), None, None, None, setattr_state))

    # Items that come from an iterator are batched differently from exact containers.
    add('R_list0', lambda: R(list, (), None, iter([])))
    for size in (1, 2, 999, 1000, 1001, 2000, 2001):
        add('R_list%d' % size, lambda size=size: R(list, (), None, iter(range(size))))
        add('R_dict%d' % size,
            lambda size=size: R(dict, (), None, None, iter([(i, i) for i in range(size)])))
    add('R_both', lambda: R(L, (), {'s': 1}, iter([1]), iter([(0, 2)])))

    add('R_state_none', lambda: R(A, (), None))
    add('R_state_empty', lambda: R(A, (), {}))
    add('R_state_tuple', lambda: R(A, (), ({'a': 1}, {'b': 2})))

    # Malformed reduce values.
    add('R_2list', lambda: R(A, []))
    add('R_1', lambda: R(A))
    add('R_7', lambda: R(A, (), None, None, None, None, None))
    add('R_notcallable', lambda: R(1, ()))
    add('R_listnotiter', lambda: R(A, (), None, [1]))
    add('R_dictnotiter', lambda: R(A, (), None, None, {1: 2}))
    add('R_dict3', lambda: R(dict, (), None, None, iter([(1, 2, 3), (4, 5, 6)])))
    add('R_dictlist', lambda: R(dict, (), None, None, iter([[1, 2], [3, 4]])))

    # Calls of copyreg's constructors become opcodes of their own.
    add('R_newobj_bad', lambda: R(copyreg.__newobj__, (A,)))
    add('R_newobj_empty', lambda: R(copyreg.__newobj__, ()))
    add('R_newobj_nottype', lambda: R(copyreg.__newobj__, (1,)))
    add('R_newobj_ok', lambda: R(copyreg.__newobj__, (R, 1, 2)))
    add('R_newobjex', lambda: R(copyreg.__newobj_ex__, (R, (1,), {'a': 2})))


def add_reduce_strings(add):
    """Reduce values that are the name of a global."""
    add('rs', lambda: rs_obj)
    add('R_str_dotted', lambda: R('func'))
    add('RS_ok', lambda: rsx)
    add('RS_bad', lambda: RS('nope'))
    add('RS_notsame', lambda: RS('func'))
    add('RS_int', lambda: RS(5))
    add('RS_dotted', lambda: Nested.rs)


def add_unpicklable(add):
    add('lambda_', lambda: (lambda: 1))
    add('local', lambda: type('Loc', (), {}))
    add('gen', lambda: (i for i in ()))
    add('module', lambda: sys)


def add_library_types(add):
    add('dd', lambda: collections.defaultdict(list, {1: [2]}))
    add('counter', lambda: collections.Counter('aab'))
    add('chainmap', lambda: collections.ChainMap({1: 2}))
    add('partial', lambda: functools.partial(int, base=2))
    add('complex', lambda: 1 + 2j)
    add('range', lambda: range(3))
    add('slice', lambda: slice(1, 2))
    add('exc', lambda: ValueError('x', 1))
    add('exc2', lambda: E1('x'))
    add('oserr', lambda: FileNotFoundError(2, 'x', 'f'))
    add('date', lambda: datetime.date(2020, 1, 2))
    add('dt', lambda: datetime.datetime(2020, 1, 2, 3, 4, 5, 6))
    add('td', lambda: datetime.timedelta(1, 2, 3))
    add('tz', lambda: datetime.timezone.utc)
    add('time', lambda: datetime.time(1, 2, 3))
    add('dec', lambda: decimal.Decimal('1.5'))
    add('frac', lambda: fractions.Fraction(1, 3))
    add('uuid', lambda: uuid.UUID(int=5))
    add('array', lambda: array.array('i', [1, 2]))


def add_extensions(add):
    """Globals with an extension code are not memoized, so each is used twice."""
    add('ext1', lambda: [func, func])
    add('ext2', lambda: [X2, X2()])
    add('ext4', lambda: X4)
