"""What a job asks of the neural engine, from its settings alone."""

from __future__ import annotations

from dataclasses import replace

from ..errors import ParallaxError
from ..settings import Settings
from . import catalogue, choice, light
from .catalogue import ROLES
from .store import Store


def asked(settings: Settings, only: str) -> Settings:
    """The settings as far as a job uses them: one that ends when the layers are cut out paints only where objects were."""
    return replace(settings, fill="AUTO") if only == "split" and not settings.objects else settings


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
    elif settings.fill == "NETWORK":
        found["fill"] = ""
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


def heavy(roles: dict[str, str], models: Store) -> dict[str, str]:
    """Those of some models, as `needed` and `wished` tell them, that only the neural engine runs, or that are nowhere and might be such."""
    return {role: named for role, named in roles.items() if not _is_light(role, named, models)}


def _is_light(role: str, named: str, models: Store) -> bool:
    known = catalogue.model(named)
    if (not named and role in ("fill", "subject")) or (known and known.light):  # what is fetched first for these is light
        return True
    return models.has(named, role) and light.is_light(light.best(named, role, models))


def measured_lightly(settings: Settings, models: Store) -> bool:
    """Whether a light model measures depth, which is asked for but named nowhere."""
    open_to_it = settings.separator in ("DEPTH", "TAGS") and not (settings.depth_map or settings.depth_model)
    return open_to_it and light.available("depth", models) is not None


def could_diffuse(settings: Settings, models: Store) -> bool:
    """Whether there is a diffusion model for a fill that is left open, which serves where there is a graphics card."""
    return settings.fill == "AUTO" and models.has("", "inpaint")


def check(settings: Settings, store: Store) -> None:
    """Raises ParallaxError for the first model that a job cannot do without and that is not here, or cannot be what it is set for."""
    found = {role: light.best(named, role, store) for role, named in needed(settings).items()}
    for role, one in found.items():
        if one.model is None:
            choice.check_role(role, one.path)
    painter = found.get("inpaint")
    for role in ("lora", "control"):
        if painter and role in found:
            ours, theirs = painter.family, found[role].family
            if ours and theirs and ours != theirs:
                kinds = choice.FAMILIES[theirs], choice.FAMILIES[ours]
                raise ParallaxError(f"{found[role].label} is for {kinds[0]}, and {painter.label} is {kinds[1]}, so they do not fit: "
                                    f"choose another {ROLES[role]} or another model")
