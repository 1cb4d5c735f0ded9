"""Amounts as people say them."""


def amount(size: float) -> str:
    """Bytes: with one digit after the point where that tells anything, and never as nothing where there is something."""
    if size >= 9.995e8:
        return f"{size / 1e9:.1f} GB"
    if size >= 9.95e6:
        return f"{size / 1e6:.0f} MB"
    return f"{max(size, 1e5 if size else 0.0) / 1e6:.1f} MB"
