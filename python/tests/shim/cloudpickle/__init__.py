"""The name of cloudpickle, for its own tests to find this package by."""

import brinery

brinery.install()
