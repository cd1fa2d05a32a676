"""The libraries that are measured, each in a process of its own that does nothing until it is asked.

A peer is a module with up to two functions:

- ``train(job, X, y)`` is a generator. It yields once when everything is ready, then once after each epoch.
- ``predict(job, X)`` gives a function without arguments that predicts all rows of X.

`job` is the dict that the harness sent: ``sizes``, ``batch_size``, ``seed``, and the runner's options. Each module
does the same work in the way that is fastest for its library. Of this package only the standard library and NumPy
are used outside of these modules, so that it runs in any environment.
"""
