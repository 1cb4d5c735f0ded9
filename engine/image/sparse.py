"""A canvas without edges: each pixel is unknown, expected (it has a shape, no colour yet), known and transparent, or known with colour."""

from __future__ import annotations

import numpy as np

TILE = 512  # pixels on a side; only tiles that were written to exist
UNKNOWN, KNOWN, EXPECTED = 0, 1, 2  # the fifth channel


class SparseCanvas:
    """Pixels by integer coordinates (x to the right, y down, negative ones as well), kept in tiles.

    Once a pixel is known, writing to it changes nothing.
    """

    def __init__(self):
        self._tiles: dict[tuple[int, int], np.ndarray] = {}  # (row, column) -> (TILE, TILE, 5): colour, alpha, known

    def read(self, x: int, y: int, width: int, height: int, stride: int = 1) -> np.ndarray:
        """(height, width, 5) uint8: red, green, blue, alpha, and what is known of a pixel. Unknown ones are 0, expected ones have alpha.

        stride: takes only every so many rows and columns of the rectangle.
        """
        out = np.zeros((-(-height // stride), -(-width // stride), 5), np.uint8)
        for key, (rows, columns), (to_rows, to_columns) in self._parts(x, y, width, height):
            if key in self._tiles:
                skip_rows, skip_columns = -to_rows.start % stride, -to_columns.start % stride
                part = self._tiles[key][rows, columns][skip_rows::stride, skip_columns::stride]
                row, column = (to_rows.start + skip_rows) // stride, (to_columns.start + skip_columns) // stride
                out[row : row + part.shape[0], column : column + part.shape[1]] = part
        return out

    def write(self, x: int, y: int, rgb: np.ndarray, alpha: np.ndarray, mask: np.ndarray) -> None:
        """Makes the pixels of `mask` known, those that are not yet, with the colour and alpha given."""
        height, width = mask.shape
        for key, inner, outer in self._parts(x, y, width, height):
            if not mask[outer].any():
                continue
            tile = self._tiles.setdefault(key, np.zeros((TILE, TILE, 5), np.uint8))[inner]
            fresh = mask[outer] & (tile[..., 4] != KNOWN)
            for channel in range(3):
                np.copyto(tile[..., channel], rgb[outer][..., channel], where=fresh)
            np.copyto(tile[..., 3], alpha[outer], where=fresh)
            tile[..., 4][fresh] = KNOWN

    def expect(self, x: int, y: int, alpha: np.ndarray) -> None:
        """Says of the unknown pixels with an alpha above 0 that they are the layer's own, to be painted when they come into view."""
        height, width = alpha.shape
        for key, inner, outer in self._parts(x, y, width, height):
            if alpha[outer].any():
                tile = self._tiles.setdefault(key, np.zeros((TILE, TILE, 5), np.uint8))[inner]
                fresh = (alpha[outer] > 0) & (tile[..., 4] == UNKNOWN)
                tile[..., 3][fresh] = alpha[outer][fresh]
                tile[..., 4][fresh] = EXPECTED

    def bounds(self) -> tuple[int, int, int, int]:
        """x0, y0, x1, y1 of the tiles that exist."""
        rows, columns = zip(*self._tiles)
        return min(columns) * TILE, min(rows) * TILE, (max(columns) + 1) * TILE, (max(rows) + 1) * TILE

    @staticmethod
    def _parts(x, y, width, height):
        """The tiles a rectangle touches: (key, slices into the tile, slices into the rectangle)."""
        for row in range(y // TILE, -(-(y + height) // TILE)):
            for column in range(x // TILE, -(-(x + width) // TILE)):
                y0, y1 = max(y, row * TILE), min(y + height, (row + 1) * TILE)
                x0, x1 = max(x, column * TILE), min(x + width, (column + 1) * TILE)
                inner = np.s_[y0 - row * TILE : y1 - row * TILE, x0 - column * TILE : x1 - column * TILE]
                yield (row, column), inner, np.s_[y0 - y : y1 - y, x0 - x : x1 - x]


class SparseMap:
    """Numbers by the same coordinates, float32, one for each pixel that has one. Once it has one, writing to it changes nothing."""

    def __init__(self):
        self._bytes = SparseCanvas()  # the four bytes of a number lie where those of colour and alpha do

    def read(self, x: int, y: int, width: int, height: int) -> np.ndarray:
        """(height, width) float32, NaN where there is none."""
        found = self._bytes.read(x, y, width, height)
        numbers = np.ascontiguousarray(found[..., :4]).view(np.float32)[..., 0]
        return np.where(found[..., 4] == KNOWN, numbers, np.float32(np.nan))

    def write(self, x: int, y: int, numbers: np.ndarray, mask: np.ndarray) -> None:
        """numbers: (height, width) float32. mask: (height, width) bool, where they count."""
        parts = np.ascontiguousarray(numbers)[..., None].view(np.uint8)
        self._bytes.write(x, y, parts[..., :3], parts[..., 3], mask)
