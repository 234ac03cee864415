"""What goes in: inputs and embeddings times mask."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from roimask.learn.fitting import as_tensor, fit, is_eager, keep, taking_part

__all__ = ["MaskedEmbedding", "mask_input"]


def mask_input(x: Tensor, mask: Any) -> Tensor:
    """Multiply by a mask, so that what takes no part is 0 and gets a gradient of 0, even where it is NaN.

    Parameters
    ----------
    x : Tensor
    mask : Tensor, Mask or array
        As many axes as ``x``, such as (B, T, 1) or (B, 1, H, W), or its first ones: (B, T), and of images (B, H, W).
        bool: True takes part; floats of 0 to 1 multiply.

    Returns
    -------
    Tensor
        Of the shape and dtype of ``x``.

    Raises
    ------
    FrameMismatch
        Where the mask does not lie along ``x``.

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> learn.mask_input(torch.tensor([[1.0, torch.nan], [3.0, 4.0]]), torch.tensor([[1.0, 0.0], [0.5, 1.0]]))
    tensor([[1.0000, 0.0000],
            [1.5000, 4.0000]])
    """
    return keep(x, fit(mask, x))


class MaskedEmbedding(nn.Embedding):
    """E × M: the embedding of what takes no part is 0, and so is its gradient.

    Parameters
    ----------
    n, dim : int
        How many tokens there are, and how long a vector is.
    padding_idx : int, default 0
        The token that takes no part; its row gets a gradient of exactly 0, as in ``nn.Embedding``.
    **options
        As ``nn.Embedding`` has them.

    Notes
    -----
    Called as ``(tokens, mask=None)``: a mask (B, T) beside the tokens takes more of them out, whatever they are (they
    may be out of range); by weights vectors are multiplied.

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> embedding = learn.MaskedEmbedding(10, 4)
    >>> embedding(torch.tensor([[3, 0], [-100, 5]]), torch.tensor([[True, True], [False, True]])).abs().sum(-1) > 0
    tensor([[ True, False],
            [False,  True]])
    """

    padding_idx: int

    def __init__(self, n: int, dim: int, padding_idx: int = 0, **options: Any):
        super().__init__(n, dim, padding_idx, **options)

    def forward(self, tokens: Tensor, mask: Any = None) -> Tensor:  # type: ignore[override]
        if mask is None:
            return self._without_padding(tokens)
        given = as_tensor(mask).to(tokens.device)
        rows = self._without_padding(torch.where(taking_part(given), tokens, self.padding_idx))
        return rows * given.unsqueeze(-1).to(rows.dtype) if given.is_floating_point() else rows

    def _without_padding(self, tokens: Tensor) -> Tensor:
        """The rows of the table, 0 for padding also where somebody filled its row."""
        rows = self._rows(tokens)
        if is_eager(rows) and not self.weight[self.padding_idx].any():
            return rows
        return keep(rows, (tokens != self.padding_idx).unsqueeze(-1))

    def _rows(self, tokens: Tensor) -> Tensor:
        return F.embedding(
            tokens, self.weight, self.padding_idx, self.max_norm, self.norm_type, self.scale_grad_by_freq, self.sparse
        )

    def masked_parameters(self) -> list[tuple[Tensor, Tensor]]:
        """The table, and which of its rows take part: what ``hold`` keeps in place."""
        rows = torch.arange(self.num_embeddings, device=self.weight.device) != self.padding_idx
        return [(self.weight, rows.unsqueeze(-1))]
