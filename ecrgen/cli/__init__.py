"""The command line."""

import gc

# A command makes tens of thousands of objects that live until it ends, and few circles. Looking for garbage after every
# 700 new ones, Python's usual threshold, takes a tenth of a short command's time.
gc.set_threshold(50_000, 10, 10)
