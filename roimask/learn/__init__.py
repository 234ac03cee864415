"""Masks in training, on PyTorch: what takes no part has no say in any output, loss or gradient.

``from roimask import learn``; PyTorch comes with ``pip install 'roimask[torch]'``. True takes part, everywhere; floats
of 0 to 1 say how much. Places that take no part come out as 0, whatever lies there: junk, inf or NaN.
"""
# ruff: noqa: E402, F403 - torch is asked for before the parts need it; each part says in __all__ what it offers

from roimask.errors import import_extra

import_extra("torch", "torch", "roimask.learn")

from roimask.learn.attention import *
from roimask.learn.batches import *
from roimask.learn.bridge import *
from roimask.learn.convolution import *
from roimask.learn.dropout import *
from roimask.learn.inputs import *
from roimask.learn.leaks import *
from roimask.learn.losses import *
from roimask.learn.metrics import *
from roimask.learn.norms import *
from roimask.learn.overlap import *
from roimask.learn.padding import *
from roimask.learn.polarity import *
from roimask.learn.prediction import *
from roimask.learn.pruning import *
from roimask.learn.reduction import *
from roimask.learn.similarity import *
from roimask.learn.weights import *
