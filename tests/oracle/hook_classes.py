"""Objects whose attribute `how` says how a hooked pickler reduces them."""


class Thing:
    def __new__(cls, *args, **kwargs):
        return object.__new__(cls)

    def __init__(self, how, **attributes):
        self.how = how
        self.__dict__.update(attributes)


class Other(Thing):
    pass


class Outer:
    class Inner:
        @staticmethod
        def produce(*args):
            return args


def produce(*args):
    return Thing('made', args=args)


def set_state(thing, state):
    thing.state = state


SINGLE = Thing('name')
ARGS = ('same', (1, 2))
