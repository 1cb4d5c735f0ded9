"""Everything an artist can set, said once: default, range, label and tooltip.

The Blender properties, the command line and the check of a job file are all made from these fields.
Lengths in pixels are for a picture 1600 pixels wide and scale with its width (`Settings.scaled`).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

from .errors import ParallaxError
from .options import Option, checked_all, items, option, parsed
from .options import described as described_of
from .options import options as options_of
from .style import presets

REFERENCE_WIDTH = 1600
MAX_LAYERS = 32
NTH = ", number {},"  # how one of the numbers of a box is called

STYLES = items(
    ("AUTO", "Automatic", "Choose a style that suits the picture"),
    ("SCROLL", "Endless Scroll", "Layers slide one way in a seamless loop: landscapes, cities, stages"),
    ("SWAY", "Gentle Sway", "Layers sway there and back in a seamless loop: portraits and nearly everything else"),
    ("ORBIT", "Orbit", "The camera swings around the middle of the picture in a seamless loop"),
    ("PUSH_IN", "Push In", "The camera moves slowly into the picture"),
    ("PAN", "Pan", "Layers slide sideways once and come to rest"),
    ("RISE", "Rise", "Layers sink once and come to rest, as if the camera rose"),
    ("CUSTOM", "Custom", "Keep the current motion settings"),
)
PATHS = items(
    ("ONE_WAY", "One Way", "Layers keep going in their direction"),
    ("SWAY", "There and Back", "Layers sway to one side, then to the other, and slow down at both ends"),
)
LAWS = items(
    ("PERSPECTIVE", "Perspective", "Nearer is faster: speed is proportional to 1 / distance"),
    ("DIRECT", "Direct", "The number given as distance is the layer's share of the speed"),
)
LENGTHS = items(
    ("CROSS", "Until Crossed", "As long as the slowest layer takes to cross the frame"),
    ("STEPS", "Steps", "A number of steps"),
    ("DURATION", "Duration", "A number of seconds"),
)
CONTENTS = items(
    ("REPEAT", "Repeat", "Each layer loops through its own pixels"),
    ("FRESH", "Fresh", "Paint new content at every step"),
)
SEPARATORS = items(
    ("AUTO", "Automatic", "A depth map where there is one, a depth model where one is installed, or else outlines"),
    ("OUTLINES", "Outlines", "Bands whose borders follow the outlines of what stands in the picture"),
    ("BANDS", "Bands", "Horizontal bands, cut where the picture's rows change"),
    ("DEPTH", "Depth", "Shapes from a depth map: a file, or one estimated from the picture"),
    ("TAGS", "Tags", "What a detector finds by words, a layer for each"),
    ("CARDS", "Cards", "A folder of pictures with transparency, far to near in the order of their names"),
)
NEAR = items(
    ("AUTO", "Guess", "Near is what the lower rows of the map show; what was guessed is said"),
    ("WHITE", "White", "White is near, as in maps of MiDaS and Depth Anything"),
    ("BLACK", "Black", "Black is near, as in distances from a camera"),
)
OBJECT_MOTIONS = items(
    ("LAYER", "With Its Layer", "Moves as the layer that its base stands in"),
    ("FACTOR", "Factor", "Moves at a multiple of its layer's speed"),
    ("STILL", "Still", "Stays where it is in the frame, to highlight it"),
)
TAGS = ("salient objects, statue, skyline, skyscraper, pillar, flag, column, building, tree, mountain, planet, asteroid, comet, meteor, "
        "rainbow, waterfall, volcano, bridge, tunnel, railway, airport, harbor, clouds, tornado, hurricane, lightning, rays")
FILLS = items(
    ("AUTO", "Automatic", "The best fill that runs on this computer"),
    ("PATCHMATCH", "PatchMatch", "Continue textures and structures from similar places of the picture"),
    ("QUILT", "Quilt", "Continue with whole stretches of the picture; runs everywhere"),
    ("NETWORK", "Network", "A small network for what was hidden, such as MI-GAN or LaMa; the picture itself gives the texture"),
    ("DIFFUSION", "Diffusion", "Paint new content from a description, by a model that was set up"),
)
SEAMS = items(
    ("AUTO", "Automatic", "Reflections and jumps, and paint only where no jump is good enough or where diffusion is chosen"),
    ("REFLECT", "Reflect", "Reflections and jumps only"),
    ("PAINT", "Paint", "A painted bridge"),
)
QUALITIES = items(
    ("DRAFT", "Draft", "A few steps, with a few-step LoRA where there is one for the model"),
    ("GOOD", "Good", "Enough steps for most pictures"),
    ("BEST", "Best", "Many steps"),
    ("CUSTOM", "Custom", "The numbers below"),
)
SCHEDULERS = items(
    ("MODEL", "The Model's", "What the model was published with"),
    ("DDIM", "DDIM", "Plain and steady"),
    ("EULER", "Euler", "Fast"),
    ("EULER_A", "Euler Ancestral", "Adds noise at every step: livelier textures"),
    ("DPMPP", "DPM++ 2M Karras", "Good in few steps"),
    ("UNIPC", "UniPC", "Good in very few steps"),
    ("LCM", "LCM", "For few-step LoRA of that kind"),
)
OFFLOADS = items(
    ("AUTO", "Automatic", "As much on the graphics card as fits"),
    ("NONE", "Off", "The whole model on the graphics card"),
    ("PARTS", "Parts", "One part of the model on the graphics card at a time"),
    ("LAYERS", "Layers", "Layer by layer: slow, for very small cards"),
)


def split_tags(tags: str) -> tuple[str, ...]:
    """The words of a list with commas, each once."""
    return tuple(dict.fromkeys(word for part in tags.split(",") if (word := " ".join(part.split()).lower())))


LONGER = "the film is longer by {}, except where its length is a duration"


@dataclass(frozen=True)
class SalientObject:
    """One object that is lifted out of the picture whole. What shows where it is, in this order: mask, lasso, box, subject, tags.

    box: left, top, right, bottom; lasso: x and y of one corner after another, both in percent of the picture's width and height.
    """

    name: str = option("", "Name", "What the object is called", kind="text")
    key: str = option("", "Key", "What the object is known by when it is renamed; by default its name", kind="text")
    tags: str = option(TAGS, "Tags", "Words for what a detector looks for, separated by commas", kind="text")
    box: tuple[float, ...] = option((), "Box", "Left, top, right and bottom of a box around the object, in percent of the picture",
                                    low=0.0, high=100.0, unit="%", nth=NTH)
    lasso: tuple[float, ...] = option((), "Lasso", "Corners of a line around the object, x and y by turns, in percent of the picture",
                                      low=0.0, high=100.0, unit="%", nth=NTH)
    mask: str = option("", "Mask", "Image that is white where the object is", kind="file")
    subject: bool = option(False, "Subject", "The picture's main subject, as a network for salient objects sees it")
    grow: float = option(4.0, "Grow", "Pixels around the object that are removed with it", low=0.0, high=200.0, soft=(0.0, 40.0),
                         unit="px")
    feather: float = option(6.0, "Feather", "Width of the border in which its soft edge is looked for", low=0.0, high=200.0,
                            soft=(0.0, 40.0), unit="px")
    motion: str = option("LAYER", "Motion", "How the object moves", items=OBJECT_MOTIONS)
    factor: float = option(1.0, "Factor", "Multiple of its layer's speed", low=-100.0, high=100.0, soft=(0.0, 2.0))

    def typed_tags(self) -> tuple[str, ...]:
        """The tags that the artist has typed for this object; none where they are the general ones."""
        return () if self.tags == TAGS else split_tags(self.tags)

    def words(self) -> tuple[str, ...]:
        """What the object is called: its tags, or its name where that says anything."""
        plain = not self.name or self.name.rpartition(" ")[0] == "Object"
        return self.typed_tags() or (() if plain else (self.name,))

    @staticmethod
    def from_dict(values: dict) -> SalientObject:
        """From plain values. Raises ParallaxError that names the first wrong one."""
        if not isinstance(values, dict):
            raise ParallaxError(f"An object is given as name=value pairs, such as box=20,10,45,80, not as {values!r}")
        try:
            return SalientObject(**checked_all(SalientObject, values))._sound()
        except ParallaxError as error:
            raise ParallaxError(f"Object {values['name']}: {error}" if values.get("name") else str(error)) from None

    def _sound(self) -> SalientObject:
        if self.box and (len(self.box) != 4 or self.box[0] >= self.box[2] or self.box[1] >= self.box[3]):
            raise ParallaxError("The box of an object is left, top, right, bottom in percent, such as 20,10,45,80")
        if self.lasso and (len(self.lasso) < 6 or len(self.lasso) % 2):
            raise ParallaxError("The lasso of an object needs x and y of at least three corners")
        return self

    @staticmethod
    def from_text(pairs: dict[str, str]) -> SalientObject:
        """From text values, as typed on a command line (`box=20,10,45,80`)."""
        return SalientObject.from_dict({name: parsed(SalientObject, name, text) for name, text in pairs.items()})


@dataclass(frozen=True)
class Redo:
    """From a step on, another seed and other words than before. What was painted in the steps before it stays."""

    step: int = option(1, "Step", "The first step that is painted anew", low=1, high=100000)
    seed: int = option(0, "Seed", "Another seed paints another variation", low=0, high=2**31 - 1)
    prompt: str = option("", "Prompt", "What is painted from here on; nothing leaves the prompt as it is", kind="text")

    @staticmethod
    def from_dict(values: dict) -> Redo:
        """From plain values. Raises ParallaxError that names the first wrong one."""
        if not isinstance(values, dict):
            raise ParallaxError(f"A redo is given as name=value pairs, such as step=3 seed=7, not as {values!r}")
        return Redo(**checked_all(Redo, values))

    @staticmethod
    def from_text(pairs: dict[str, str]) -> Redo:
        """From text values, as typed on a command line (`step=3`)."""
        return Redo.from_dict({name: parsed(Redo, name, text) for name, text in pairs.items()})


@dataclass(frozen=True)
class Settings:
    """All settings of a job. Immutable; made from a dictionary with `from_dict`, which checks every value.

    Per-layer tuples run from the top of the picture down. An empty tuple asks for the default.
    """

    style: str = option("AUTO", "Style", "How the picture comes to life", items=STYLES)
    style_overrides: str = option("", "Style Overrides", "Motion settings that an automatic style leaves alone, separated by commas",
                                  kind="text")
    # What the layers are
    separator: str = option("AUTO", "Layers From", "What decides which layer a part of the picture belongs to", items=SEPARATORS)
    auto_layers: bool = option(True, "Automatic Layers", "Number and distances of the layers as the depth map or the cards have them")
    depth_map: str = option("", "Depth Map", "Image of how near everything is; without one it is estimated from the picture", kind="file")
    near: str = option("AUTO", "Near Is", "Which end of the depth map is near", items=NEAR)
    depth_range: float = option(8.0, "Depth Range", "How many times farther the farthest part is than the nearest",
                                low=1.0, high=1000.0, soft=(2.0, 30.0))
    depth_model: str = option("", "Depth Model", "Model that estimates depth; without one it is a rough guess", kind="model", role="depth")
    layer_tags: str = option("sky, clouds, mountain, building, tree, water", "Layer Tags",
                             "Words for what becomes a layer, separated by commas; what none of them finds is a layer of its own",
                             kind="text")
    cards: str = option("", "Cards", "Folder of RGBA images, far to near in the order of their names", kind="folder")
    masks: tuple[str, ...] = option((), "Masks", "For each layer an image that is white where it is; wins over what is found", kind="file")
    names: tuple[str, ...] = option((), "Names", "Names of the layers", kind="text")
    matte: float = option(12.0, "Matte", "Width of the border in which a shaped layer's soft edge is looked for",
                          low=0.0, high=200.0, soft=(0.0, 40.0), unit="px")
    hidden: tuple[float, ...] = option((), "Hidden", "1 for each layer that is not shown, so that what lies behind it is painted; else 0",
                                       low=0.0, high=1.0)
    objects: tuple[SalientObject, ...] = option((), "Objects", "What is lifted out of the picture whole", kind="group", of=SalientObject)
    find_subject: bool = option(True, "Find Subject", "Lift the main subject out whole where a subject model is installed and there are no "
                                "other objects")
    # What finds things
    detector: str = option("", "Detector", "Model that finds boxes by words; by default one that is on this computer",
                           kind="model", role="detect")
    segmenter: str = option("", "Segmenter", "Model that finds the shape in a box; by default one that is on this computer",
                            kind="model", role="segment")
    subject_model: str = option("", "Subject Model", "Network that finds the main subject; by default one that is on this computer",
                                kind="model", role="subject")
    box_threshold: float = option(0.3, "Box Threshold", "How sure the detector must be of a box", low=0.0, high=1.0)
    text_threshold: float = option(0.25, "Word Threshold", "How sure it must be of a word to call a box by it", low=0.0, high=1.0)
    # What moves
    direction: float = option(180.0, "Direction", "Where the content moves: 0 right, 90 up, 180 left, 270 down",
                              low=-1e6, high=1e6, soft=(0.0, 360.0), unit="deg")
    layers: int = option(5, "Layers", "Number of layers the picture is cut into", low=1, high=MAX_LAYERS, soft=(2, 12))
    heights: tuple[float, ...] = option((), "Heights",
                                        "Height of each layer in percent of the picture, top to bottom; the last is computed",
                                        low=0.0, high=100.0, unit="%")
    distances: tuple[float, ...] = option((), "Distances",
                                          "Distance of each layer from the eye, top to bottom; only their ratios matter",
                                          low=1e-6, high=1e9)
    speeds: tuple[float | None, ...] = option((), "Speeds", "Speed typed for a layer in pixels per second; none means from the distance",
                                              low=-1e6, high=1e6, unit="px/s", optional=True)
    factors: tuple[float, ...] = option((), "Factors", "Multiple of each layer's speed",
                                        low=-1000.0, high=1000.0, soft=(0.0, 2.0))
    turns: tuple[float, ...] = option((), "Turns", "Directions along the way, which turns evenly from each to the next: percent of the way "
                                      "and direction, one pair after another; none is the one direction", low=-1e6, high=1e6, nth=NTH)
    path: str = option("ONE_WAY", "Path", "Whether layers come back to where they began", items=PATHS)
    travel: float = option(0.0, "Travel", "How far the nearest layer moves, in percent of the width; 0 leaves it to Smoothness",
                           low=0.0, high=1000.0, soft=(0.0, 30.0), unit="%")
    speed_range: float = option(0.0, "Speed Range", "How many times faster the nearest layer may move than the farthest; 0 is no limit",
                                low=0.0, high=1000.0, soft=(0.0, 10.0))
    margin: float = option(0.0, "Margin", "How far beyond the frame layers are painted for a moving camera, in percent of the width",
                           low=0.0, high=50.0, soft=(0.0, 15.0), unit="%")
    law: str = option("PERSPECTIVE", "Speed Law", "How a layer's distance becomes its speed", items=LAWS)
    # How fast and how long
    smoothness: float = option(10.0, "Smoothness", "More smoothness means smaller steps: slower motion, finer fills",
                               low=0.1, high=10000.0, soft=(1.0, 50.0))
    seconds_per_step: float = option(1.0, "Step Time", "How long one step takes; more is slower",
                                     low=0.01, high=3600.0, soft=(0.1, 10.0), unit="s")
    length: str = option("CROSS", "Length", "What decides how long the video is", items=LENGTHS)
    steps: int = option(24, "Steps", "Number of steps", low=1, high=100000, soft=(1, 200))
    duration: float = option(20.0, "Duration", "Length of the video in seconds", low=0.04, high=86400.0, soft=(1.0, 120.0), unit="s")
    fps: float = option(24.0, "Frame Rate", "Frames per second; changes the sampling of the motion, never its speed",
                        low=1.0, high=240.0, soft=(12.0, 60.0))
    start: float = option(0.0, "Start Offset", "How far into the motion the film begins", low=0.0, high=86400.0, soft=(0.0, 60.0), unit="s")
    hold_in: float = option(0.0, "Hold at Start", f"How long nothing moves at first; {LONGER.format('that')}",
                            low=0.0, high=3600.0, soft=(0.0, 10.0), unit="s")
    hold_out: float = option(0.0, "Hold at End", f"How long nothing moves in the end; {LONGER.format('that')}",
                             low=0.0, high=3600.0, soft=(0.0, 10.0), unit="s")
    ease_in: float = option(0.0, "Ease In", f"How long the layers take to get up to speed; {LONGER.format('half of that')}",
                           low=0.0, high=3600.0, soft=(0.0, 10.0), unit="s")
    ease_out: float = option(0.0, "Ease Out", f"How long they take to come to rest; {LONGER.format('half of that')}",
                            low=0.0, high=3600.0, soft=(0.0, 10.0), unit="s")
    loop: bool = option(True, "Seamless Loop", "The frame after the last one is the first one again")
    content: str = option("REPEAT", "Content", "What comes into view", items=CONTENTS)
    # How it is filled
    fill_behind: bool = option(False, "Fill Behind", "With fresh content: paint all that layers hide at once, before the first step")
    fill: str = option("AUTO", "Fill", "How hidden and new parts are painted", items=FILLS)
    seams: str = option("AUTO", "Seams", "How the ends of a layer are joined", items=SEAMS)
    seed: int = option(0, "Seed", "Another seed paints another variation", low=0, high=2**31 - 1)
    overlap: float = option(8.0, "Layer Overlap", "Width of the soft edge with which a layer covers the one behind it",
                            low=0.0, high=200.0, soft=(0.0, 40.0), unit="px")
    # How a model paints
    inpaint_model: str = option("", "Model", "Diffusion model for inpainting: one that was set up, a folder, or a .safetensors file",
                                kind="model", role="inpaint")
    prompt: str = option("", "Prompt", "What the picture shows and how; stands before the description at every step", kind="text")
    negative_prompt: str = option("text, watermark, frame, border, blurry, low quality", "Negative Prompt", "What must not be painted",
                                  kind="text")
    describe_model: str = option("", "Describe With", "Model that describes the picture at every step; none adds nothing to the prompt",
                                 kind="model", role="describe")
    quality: str = option("GOOD", "Quality", "How long each fill is worked on", items=QUALITIES)
    inference_steps: int = option(30, "Inference Steps", "Steps of one fill", low=1, high=1000, soft=(1, 60))
    guidance: float = option(7.5, "Guidance", "How closely the prompt is followed", low=0.0, high=100.0, soft=(0.0, 15.0))
    strength: float = option(1.0, "Strength", "How much of what the gap is first filled with is painted over", low=0.01, high=1.0)
    scheduler: str = option("MODEL", "Scheduler", "How the steps of a fill follow each other", items=SCHEDULERS)
    lora: str = option("", "LoRA", "A file or model that changes the style", kind="model", role="lora")
    lora_scale: float = option(1.0, "LoRA Scale", "How strongly it does", low=-10.0, high=10.0, soft=(0.0, 1.5))
    control: str = option("", "Depth Control", "ControlNet that keeps the depth of what is painted uniform with the rest; none is off",
                          kind="model", role="control")
    control_scale: float = option(0.5, "Control Scale", "How strongly it does", low=0.0, high=10.0, soft=(0.0, 1.0))
    paint_size: int = option(0, "Paint Size", "Width and height that the model paints at; 0 is what it was made for",
                             low=0, high=4096, soft=(0, 1536), unit="px")
    offload: str = option("AUTO", "Offload", "What of the model waits in the computer's memory", items=OFFLOADS)
    removal_prompt: str = option("background", "Removal Prompt", "What is painted where an object was lifted out", kind="text")
    removal_passes: int = option(2, "Removal Passes", "How often at most, where the detector still finds the object", low=1, high=5)
    redos: tuple[Redo, ...] = option((), "Redos", "Steps from which on another seed or prompt is used", kind="group", of=Redo)
    # How the mask of a gap is prepared
    grow: bool = option(True, "Grow", "Grow the mask against the motion by the reach of the feather")
    taper: float = option(16.0, "Taper Corners", "Radius by which the mask's corners are rounded; 0 is off",
                          low=0.0, high=400.0, soft=(0.0, 64.0), unit="px")
    blur: float = option(8.0, "Blur Radius", "Blur of the mask; 0 is off", low=0.0, high=400.0, soft=(0.0, 64.0), unit="px")
    lerp_alpha: float = option(1.0, "Lerp Alpha", "How far the mask goes from sharp (0) to blurred (1)", low=0.0, high=1.0)
    falloff: float = option(1.0, "Falloff", "Exponent of the mask's ramp: above 1 stays closer to the gap, below 1 reaches out",
                            low=0.05, high=20.0, soft=(0.25, 4.0))
    feather: float = option(24.0, "Feather", "Width of the ramp over which new paint is matched to old; 0 is off",
                            low=0.0, high=400.0, soft=(0.0, 100.0), unit="px")
    # What it works on
    max_width: int = option(0, "Work Width", "Scale wider pictures down to this many pixels; 0 keeps full size",
                            low=0, high=65536, soft=(0, 8192), unit="px")
    keep_mount: bool = option(False, "Keep Mount", "Keep a mount, frame or letterbox bars around the picture")

    @staticmethod
    def from_dict(values: dict) -> Settings:
        """Settings from plain values (as in a job file), the rest as the style has it. Raises ParallaxError for the first wrong one."""
        settings = Settings(**checked_all(Settings, presets.completed(values)))
        settings._check_layers()
        if settings.loop and settings.content == "FRESH":
            raise ParallaxError("Fresh content never repeats, so it cannot loop: turn Seamless Loop off, or set Content to Repeat")
        return settings

    @staticmethod
    def from_text(pairs: dict[str, str]) -> Settings:
        """Settings from text values, as typed on a command line (`heights=30,20,50`, `loop=off`)."""
        return Settings.from_dict({name: parsed(Settings, name, text) for name, text in pairs.items()})

    def to_dict(self) -> dict:
        """Plain values that `from_dict` takes back, and JSON can hold."""
        return asdict(self)

    def scaled(self, pixels: float, width: int) -> float:
        """A length in pixels of the reference width, for a picture `width` pixels wide."""
        return pixels * width / REFERENCE_WIDTH

    def styled(self, style: str) -> Settings:
        """The settings with the motion of a style, but for what overrides it. The setting `style` itself stays as it is."""
        return replace(self, **presets.applied(style, presets.overridden(self.style_overrides)))

    def at_step(self, step: float) -> Settings:
        """The settings for what is painted in a step: with the seed and prompt of the last redo before or at it."""
        past = [redo for redo in sorted(self.redos, key=lambda redo: redo.step) if redo.step <= step]
        words = [redo.prompt for redo in past if redo.prompt]
        return replace(self, seed=past[-1].seed, prompt=words[-1] if words else self.prompt) if past else self

    def _check_layers(self) -> None:
        n = self.layers
        for given, what in ((self.masks, "masks (nothing between commas where there is none)"), (self.names, "names"),
                            (self.hidden, "numbers for Hidden (1 or 0)")):
            if given and len(given) != n:
                raise ParallaxError(f"{n} layers need {n} {what}, not {len(given)}")
        if self.heights:
            if len(self.heights) not in (n, n - 1):
                raise ParallaxError(f"{n} layers need {n - 1} heights (the last is computed), not {len(self.heights)}")
            total = sum(self.heights)
            if len(self.heights) == n and abs(total - 100.0) > 0.01:
                raise ParallaxError(f"The heights add up to {total:g} %: make them 100 %, or leave the last one out")
            if len(self.heights) == n - 1 and total >= 100.0:
                raise ParallaxError(f"The heights add up to {total:g} % and leave nothing for the last layer: make them less than 100 %")
            if min(self.heights) <= 0.0:
                raise ParallaxError("Every layer needs a height above 0 %")
        if self.distances and len(self.distances) != n:
            raise ParallaxError(f"{n} layers need {n} distances, not {len(self.distances)}")
        if self.factors and len(self.factors) != n:
            raise ParallaxError(f"{n} layers need {n} factors, not {len(self.factors)}")
        shares = self.turns[::2]
        if len(self.turns) % 2 or list(shares) != sorted(shares) or not all(0.0 <= share <= 100.0 for share in shares):
            raise ParallaxError("Turns are pairs of percent of the way and direction, the percents from 0 to 100 and rising: "
                                "such as 0,180,50,90,100,0")
        if self.speeds and len(self.speeds) != n:
            raise ParallaxError(f"{n} layers need {n} speeds (none where the distance decides), not {len(self.speeds)}")


def options(of: type = Settings) -> dict[str, Option]:
    """Each setting's name and what a person reads about it, in the order of the panel. of: Settings or one of its groups."""
    return options_of(of)


def described(name: str, of: type = Settings) -> str:
    """One line for a person about a setting. What is empty in the settings themselves is decided by the engine."""
    return described_of(name, of, "by itself" if of is Settings else "none")
