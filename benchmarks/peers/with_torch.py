"""PyTorch, eager: float32 features prepared once, a fused Adam, batches taken by index."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from benchmarks.peers.features import as_float32


def train(job: dict[str, Any], X: np.ndarray, y: np.ndarray) -> Iterator[None]:
    """Train as the library's own tutorials do, with the fastest of its own means."""
    torch.set_num_threads(job["threads"])
    torch.manual_seed(job["seed"])
    features, answers = torch.from_numpy(as_float32(X)), torch.from_numpy(y)
    net = network(job["sizes"])
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3, fused=True)
    batch_size = job["batch_size"]
    while True:
        yield
        order = torch.randperm(len(features))
        for rows in order.split(batch_size):
            loss = cross_entropy(net(features[rows]), answers[rows])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()


def network(sizes: list[int]) -> torch.nn.Sequential:
    """Linear layers with ReLU between them."""
    layers: list[torch.nn.Module] = []
    for n_in, n_out in pairwise(sizes):
        layers += [torch.nn.Linear(n_in, n_out), torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1])
