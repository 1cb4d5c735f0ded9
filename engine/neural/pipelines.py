"""Diffusion models as they lie on the disk, made ready to paint: a folder of diffusers, or a single file."""

from __future__ import annotations

import bisect
import inspect
import json
import logging
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import Cancelled, ParallaxError
from . import choice, family, single_file, weights
from . import device as devices
from .device import Device
from .presets import Preset
from .store import Found

BY_NAME = {"FluxFillPipeline": "FluxFillPipeline", "Flux2KleinPipeline": "Flux2KleinInpaintPipeline",
           "Flux2KleinInpaintPipeline": "Flux2KleinInpaintPipeline"}  # inpainting that diffusers does not find by itself
CONTROLLED = ("StableDiffusionInpaintPipeline", "StableDiffusionXLInpaintPipeline")  # what a ControlNet can be added to
SCHEDULERS = {
    "DDIM": ("DDIMScheduler", {}), "EULER": ("EulerDiscreteScheduler", {}), "EULER_A": ("EulerAncestralDiscreteScheduler", {}),
    "DPMPP": ("DPMSolverMultistepScheduler", {"use_karras_sigmas": True}), "UNIPC": ("UniPCMultistepScheduler", {}),
    "LCM": ("LCMScheduler", {}),
}
LARGE = 1536 * 1024  # pixels: larger pictures are coded in tiles, or coding them takes more memory than painting them
READS = 512  # tokens that models with transformers read of a prompt: what diffusers gives them
TALK = 16  # of these that are spent on the form of a talk, where a model was made to talk
SIZE = 1024  # that models are made for which do not say


@dataclass(frozen=True)
class Style:
    """A LoRA and how strongly it changes the style."""

    found: Found
    scale: float


class NotFinite(ParallaxError):
    """A model gave no numbers. dtype: the precision that it worked in."""

    def __init__(self, text: str, dtype):
        super().__init__(text)
        self.dtype = dtype


class Painter:
    """A loaded model. To `to` it is like a torch module, whatever waits in the computer's memory.

    size: width and height that it was made for. step: what the sizes of its pictures are multiples of. block: pixels on a side of what
    it masks at once. offload: a value of the setting, NONE, PARTS or LAYERS; as it is when `to` is called.
    """

    def __init__(self, pipe, found: Found, control=None):
        self._pipe, self._controlled, self._found = pipe, control, found
        self._whole = control or pipe  # which has all the parts
        self.offload = "NONE"
        self.block = int(getattr(pipe, "vae_scale_factor", 8))
        self.step = int(getattr(getattr(pipe, "image_processor", None), "config", {}).get("vae_scale_factor", 2 * self.block))
        self.size = _size(pipe, self.block)

    @property
    def weights(self) -> int:
        """Bytes of all its parts."""
        return sum(map(weights.size, _modules(self._whole)))

    @property
    def largest(self) -> int:
        """Bytes of its largest part."""
        return max(map(weights.size, _modules(self._whole)))

    @property
    def reads(self) -> int:
        """Tokens of a prompt that it reads, with those that begin and end every prompt."""
        if hasattr(self._pipe, "unet"):
            return self._pipe.tokenizer.model_max_length
        return READS if hasattr(self._pipe, "tokenizer_2") else READS - TALK

    def unread(self, prompt: str) -> str:
        """The words at the end of a prompt that it does not read, or not in full; '' where it reads all."""
        words, tokens = prompt.split(), getattr(self._pipe, "tokenizer_2", self._pipe.tokenizer)  # the second one of FLUX reads more
        numbers = range(1, len(words) + 1)
        kept = bisect.bisect_right(numbers, self.reads, key=lambda count: len(tokens(" ".join(words[:count])).input_ids))
        return " ".join(words[kept:])

    def to(self, kind: str) -> Painter:
        """Brings it to a device, as much of it as `offload` says; 'cpu' takes all of it off the device."""
        self._whole.remove_all_hooks()
        if self.offload == "NONE" or kind == "cpu":
            self._whole.to(kind, silence_dtype_warnings=True)
        elif self.offload == "PARTS":
            self._whole.enable_model_cpu_offload(device=kind)
        else:
            self._whole.enable_sequential_cpu_offload(device=kind)
        return self

    def paint(self, picture: np.ndarray, mask: np.ndarray, preset: Preset, seed: int, prompt: str = "", negative: str = "",
              nearness: np.ndarray | None = None, control_scale: float = 0.5, saving: bool = False,
              on_step: Callable[[float], None] | None = None) -> np.ndarray:
        """What the model makes of a picture (h, w, 3) uint8 where a mask (h, w) bool is; all other pixels are about as they were.

        h and w are multiples of `step`. nearness: (h, w) float32, 1 is near, for the ControlNet. saving: with less memory, coded in tiles.
        on_step: called after each step with the share that is done; what it raises ends the painting. Raises NotFinite.
        """
        import torch
        from PIL import Image

        pipe = self._controlled if self._controlled is not None and nearness is not None else self._pipe
        self._save_memory(saving, mask.size)
        height, width = mask.shape
        asked = {
            "prompt": prompt, "negative_prompt": negative or None, "image": Image.fromarray(picture), "height": height, "width": width,
            "mask_image": Image.fromarray(mask.astype(np.uint8) * np.uint8(255)), "strength": preset.strength,
            "num_inference_steps": preset.steps, "generator": torch.Generator("cpu").manual_seed(seed), "output_type": "np",
            "callback_on_step_end": _stepping(on_step),
        }
        if preset.guidance is not None:
            asked["guidance_scale"] = preset.guidance
        if pipe is self._controlled:
            levels = np.rint(np.clip(nearness, 0.0, 1.0) * 255.0).astype(np.uint8)
            asked |= {"control_image": Image.fromarray(levels).convert("RGB"), "controlnet_conditioning_scale": control_scale}
        known = inspect.signature(pipe.__call__).parameters
        try:
            painted = pipe(**{name: value for name, value in asked.items() if name in known}).images[0]
        finally:
            self._whole.maybe_free_model_hooks()
        if not np.isfinite(painted).all():
            raise NotFinite(f"{self._found.label} gives no picture, in whatever precision: choose another model", _network(pipe).dtype)
        return np.rint(np.clip(painted, 0.0, 1.0) * 255.0).astype(np.uint8)

    def _save_memory(self, saving: bool, pixels: int) -> None:
        """Attention needs no slices: torch's own takes less memory than the library's slicing, which replaces it."""
        coder = getattr(self._pipe, "vae", None)
        if hasattr(coder, "enable_tiling"):
            (coder.enable_tiling if saving or pixels > LARGE else coder.disable_tiling)()


def load(found: Found, device: Device, scheduler: str = "MODEL", styles: Sequence[Style] = (), control: Found | None = None,
         dtype=None) -> Painter:
    """The model in a folder or file, in the computer's memory.

    scheduler: a value of the setting. dtype: of torch, the precision; None for one that fits model and device.
    Raises ParallaxError where it cannot be read, does not paint, or something does not fit it.
    """
    _quiet()
    pipe = _reading(found, "a model that paints", lambda: _pipeline(found, device, dtype))
    pipe.set_progress_bar_config(disable=True)
    _check_whole(pipe, found)
    if scheduler != "MODEL" and hasattr(pipe, "unet"):  # others flow from noise to picture in a way of their own
        _schedule(pipe, scheduler)
    for number, style in enumerate(styles):
        _add(pipe, found, style, f"style_{number}")
    if styles:
        pipe.set_adapters([f"style_{number}" for number in range(len(styles))], [style.scale for style in styles])
    return Painter(pipe, found, _with_control(pipe, found, control) if control else None)


def can_be_controlled(found: Found) -> bool:
    """Whether a ControlNet can be added to the model."""
    return family.family(found.path) in ("sd", "sdxl")


def _pipeline(found: Found, device: Device, dtype):
    """The pipeline, in a precision, or one that fits the device."""
    import diffusers

    if found.path.is_file():
        return single_file.load(found, dtype or device.dtype)
    index = family.settings(found.path, "model_index.json")
    asked = {"local_files_only": True, "use_safetensors": True, "dtype": dtype or _dtype(index, device)}
    if any(found.path.glob("*/*.fp16*.safetensors")):
        asked["variant"] = "fp16"
    if "safety_checker" in index:
        asked |= {"safety_checker": None, "requires_safety_checker": False}
    name = BY_NAME.get(index.get("_class_name"))
    kind = getattr(diffusers, name) if name else diffusers.AutoPipelineForInpainting
    return kind.from_pretrained(str(found.path), **asked)


def _dtype(index: dict, device: Device):
    """Transformers overflow in the half precision that others are at home in."""
    import torch

    return torch.bfloat16 if "transformer" in index and device.kind != "cpu" else device.dtype


def _reading(found: Found, what: str, read: Callable):
    """What `read` returns; whatever the library raises over what lies on the disk is said in a sentence."""
    choice.check_readable(found.path)
    if found.path.is_dir():
        _check_weights(found)
    try:
        return read()
    except (ParallaxError, Cancelled):
        raise
    except Exception as error:
        if devices.is_out_of_memory(error):
            raise
        logging.getLogger(__name__).warning("Reading %s", found.path, exc_info=True)  # for the log
        raise ParallaxError(f"{found.label} in {found.path} is not {what}, or it is damaged: fetch it again, or choose another") from None


def _check_weights(found: Found) -> None:
    """Raises ParallaxError for a folder whose weights are only there as pickles."""
    for folder in choice.components(found.path):
        if any(folder.glob("*.bin")) and not any(folder.glob("*.safetensors")):
            raise ParallaxError(f"The weights of {found.label} in {folder} can carry programs, so they are not read: "
                                "choose a model with .safetensors files")


def _check_whole(pipe, found: Found) -> None:
    """Raises ParallaxError where the file lacks weights, which the library leaves empty."""
    if any(one.is_meta for part in _modules(pipe) for one in (*part.parameters(), *part.buffers())):
        raise ParallaxError(f"{found.path} does not hold all weights of {found.label}: fetch it again, or choose another")


def _schedule(pipe, scheduler: str) -> None:
    import diffusers

    name, more = SCHEDULERS[scheduler]
    pipe.scheduler = getattr(diffusers, name).from_config(pipe.scheduler.config, **more)


def _add(pipe, found: Found, style: Style, name: str) -> None:
    """Loads a LoRA. Raises ParallaxError where it was made for another kind of model, or cannot be read."""
    file = style.found.path
    if file.is_dir():
        files = sorted(file.glob("*.safetensors"))
        if len(files) != 1:
            raise ParallaxError(f"{file} holds {len(files)} .safetensors files, so it is not plain which is the LoRA: choose the file")
        file = files[0]
    made_for, this = family.family(file), family.family(found.path)
    other = ParallaxError(f"The LoRA {style.found.label} was made for another kind of model than {found.label}: choose one that was made "
                          f"for {choice.FAMILIES.get(this, 'this model')}")
    if made_for and this and made_for != this:
        raise other
    if not hasattr(pipe, "load_lora_weights"):
        raise ParallaxError(f"{found.label} takes no LoRA: leave LoRA empty, or choose another model")

    def read():
        try:
            pipe.load_lora_weights(str(file.parent), weight_name=file.name, adapter_name=name, local_files_only=True, use_safetensors=True)
        except (RuntimeError, ValueError, KeyError) as error:  # shapes or names that the model does not have
            if devices.is_out_of_memory(error):
                raise
            raise other from None

    _reading(Found(file, style.found.model), "a LoRA", read)
    if name not in {one for names in pipe.get_list_adapters().values() for one in names}:
        raise other


def _with_control(pipe, found: Found, control: Found):
    """The same model with a ControlNet beside it. Raises ParallaxError where it does not fit the model."""
    from diffusers import AutoPipelineForInpainting

    if type(pipe).__name__ not in CONTROLLED:
        raise ParallaxError(f"Depth Control cannot be used with {found.label}: leave Depth Control empty, or choose another model")
    net = _reading(control, "a ControlNet", lambda: _control(pipe, control))
    if net.config.cross_attention_dim != pipe.unet.config.cross_attention_dim:
        raise ParallaxError(f"{control.label} was made for another kind of model than {found.label}: choose a Depth Control that was made "
                            f"for {choice.FAMILIES.get(family.family(found.path), 'this model')}")
    both = AutoPipelineForInpainting.from_pipe(pipe, controlnet=net)
    both.set_progress_bar_config(disable=True)
    return both


def _control(pipe, control: Found):
    """A ControlNet from a folder, or from a file that has the layout of the model itself."""
    import torch
    from diffusers import ControlNetModel

    asked = {"local_files_only": True, "dtype": pipe.unet.dtype}
    if control.path.is_dir():
        if any(control.path.glob("*.fp16.safetensors")):
            asked["variant"] = "fp16"
        return ControlNetModel.from_pretrained(str(control.path), use_safetensors=True, **asked)
    with torch.device("meta"):  # only its configuration is wanted, not its gigabytes of random numbers
        config = dict(ControlNetModel.from_unet(pipe.unet, load_weights_from_unet=False).config)
    with tempfile.TemporaryDirectory(prefix="parallax-model-") as folder:
        plain = {name: value for name, value in config.items() if not name.startswith("_")} | {"in_channels": 4}
        (Path(folder) / "config.json").write_text(json.dumps({"_class_name": "ControlNetModel", **plain}), encoding="utf-8")
        return ControlNetModel.from_single_file(str(control.path), config=folder, **asked)


def _stepping(on_step: Callable[[float], None] | None):
    def stepped(pipe, index: int, moment, tensors: dict) -> dict:
        if on_step:
            on_step(min(1.0, (index + 1) / max(getattr(pipe, "num_timesteps", index + 1), 1)))
        return {}

    return stepped


def _size(pipe, block: int) -> int:
    unet = getattr(pipe, "unet", None)
    side = unet.config.sample_size if unet is not None else getattr(pipe, "default_sample_size", SIZE // block)
    return int(side if isinstance(side, int) else max(side)) * block


def _network(pipe):
    """The one that is called at every step."""
    return pipe.unet if hasattr(pipe, "unet") else pipe.transformer


def _modules(pipe):
    import torch

    return [part for part in pipe.components.values() if isinstance(part, torch.nn.Module)]


def _quiet() -> None:
    """The libraries tell of what is no news for an artist."""
    import diffusers
    import transformers

    diffusers.utils.logging.set_verbosity_error()
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    diffusers.utils.logging.disable_progress_bar()
