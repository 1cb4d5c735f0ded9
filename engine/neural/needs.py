"""What a job asks of the neural engine, from its settings alone."""

from __future__ import annotations

from ..settings import Settings
from .store import Store


def needed(settings: Settings) -> dict[str, str]:
    """The models that a job cannot do without: what each setting names, by role. Empty where the built-in methods serve."""
    found = {}
    if settings.separator == "TAGS":
        found |= {"detect": settings.detector, "segment": settings.segmenter}
    measured = settings.separator in ("DEPTH", "TAGS")
    painted = settings.fill == "DIFFUSION" and settings.control
    if settings.depth_model and not (measured and settings.depth_map) and (measured or painted):
        found["depth"] = settings.depth_model
    if settings.fill == "DIFFUSION":
        found["inpaint"] = settings.inpaint_model
        for role, named in (("lora", settings.lora), ("control", settings.control), ("describe", settings.describe_model)):
            if named:
                found[role] = named
    return found


def wished(settings: Settings) -> dict[str, str]:
    """All of `needed`, and the models that objects ask for: without them the rest of the job goes on."""
    found = needed(settings)
    shapes = [one for one in settings.objects if not (one.mask or one.lasso or one.box)]
    if any(one.subject for one in shapes):
        found["subject"] = settings.subject_model
    if any(not one.subject for one in shapes):
        found |= {"detect": settings.detector, "segment": settings.segmenter}
    return found


def check(settings: Settings, store: Store) -> None:
    """Raises ParallaxError that says what to click for the first model that a job cannot do without and that is not here."""
    for role, named in needed(settings).items():
        store.find(named, role)
