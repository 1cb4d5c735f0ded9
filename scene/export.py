"""How a film is written, in Blender's own words: its codec, its sound, and its editions as strips."""

import contextlib
import functools

import bpy

from ..engine.film import codecs
from ..engine.film.export import Export
from . import marks, versions

FORMATS = {"MP4": "MPEG4", "MOV": "QUICKTIME", "MKV": "MKV", "WEBM": "WEBM", "AVI": "AVI"}
CODECS = {"VP9": "WEBM"}  # where Blender has another name
WRITTEN = "infinite_parallax_written"  # on an edit: VIDEO or PNG, as we set it
FRAME = "frame_"  # how the files of a sequence begin


def offered(name, group):
    """The values of a setting that go together with the others and that this Blender is built with, for an EnumProperty."""
    codec = group.codec or "H264" if name != "codec" else ""
    container = group.container or codecs.AUTO if name == "sound" else ""
    return _offered(name, codec, container)


@functools.cache  # Blender wants the very same texts each time
def _offered(name, codec, container):
    rows = {"codec": codecs.CODECS, "container": codecs.CONTAINERS, "sound": codecs.SOUNDS, "depth": codecs.DEPTHS}[name]
    if name == "codec":
        built = versions.video_codecs()
        fitting = [one for one in codecs.TABLE if one == "PNG" or CODECS.get(one, one) in built]
    elif name == "container":
        fitting = codecs.containers(codec)
    elif name == "sound":
        fitting = codecs.sounds(codecs.TABLE[codec].containers[0] if container == codecs.AUTO else container)
    else:
        fitting = [bits for bits in codecs.TABLE[codec].depths if codec == "PNG" or versions.writes_depth(codec, bits)]
        fitting = ["8", *fitting]  # for all: a codec that always has more has more
    return tuple((*row, number) for number, row in enumerate(rows) if row[0] in fitting)


def fit(group):
    """Sets what does not go with the codec any more to what does."""
    for name, plain in (("container", codecs.AUTO), ("sound", codecs.AUTO)):
        if not getattr(group, name):
            setattr(group, name, plain)
    if group.most_bitrate < group.bitrate:
        group.most_bitrate = group.bitrate
    if not group.depth:
        group.depth = _offered("depth", group.codec or "H264", "")[0][0]


def show(cut, export: Export) -> None:
    """Gives an edit the settings of its film, as wishes."""
    fps = cut.render.fps / cut.render.fps_base
    codec, sequence = codecs.TABLE[export.codec], export.codec == "PNG"
    if cut.get(WRITTEN) != ("PNG" if sequence else "VIDEO"):
        cut[WRITTEN] = "PNG" if sequence else "VIDEO"
        (versions.image_output if sequence else versions.video_output)(cut.render.image_settings)
    values = {"render.use_sequencer": True, "render.use_compositing": False, "render.image_settings.color_mode": "RGB"}
    if not sequence and cut.render.image_settings.file_format == "FFMPEG":
        rated = export.rate == "BITRATE" and codec.rated
        values |= {
            "render.ffmpeg.format": FORMATS[export.file], "render.ffmpeg.codec": CODECS.get(export.codec, export.codec),
            "render.ffmpeg.constant_rate_factor": "NONE" if rated else export.quality,
            "render.ffmpeg.video_bitrate": export.bitrate, "render.ffmpeg.maxrate": export.most_bitrate, "render.ffmpeg.minrate": 0,
            "render.ffmpeg.ffmpeg_preset": export.effort,
            "render.ffmpeg.gopsize": (export.gop or max(1, min(500, round(fps)))) if codec.rated else 1,
            "render.ffmpeg.audio_codec": export.audio, "render.ffmpeg.audio_bitrate": export.sound_bitrate,
        }
        if export.codec == "PRORES":
            values["render.ffmpeg.ffmpeg_prores_profile"] = export.profile
    if sequence or versions.DEEP_VIDEO:
        values["render.image_settings.color_depth"] = export.bits
    marks.wish_all(cut, values)


def write_frames(cut, folder, deep: bool) -> None:
    """Has an edit write one lossless picture for each frame into a folder. deep: at 16 bits a colour."""
    versions.image_output(cut.render.image_settings)
    cut.render.image_settings.color_mode = "RGB"
    cut.render.image_settings.color_depth = "16" if deep else "8"
    cut.render.image_settings.compression = 10
    cut.render.filepath = str(folder / FRAME)


def write_sound(cut, path) -> None:
    """Has an edit write its sound without loss, with pictures as small as can be."""
    versions.video_output(cut.render.image_settings)
    cut.render.resolution_x, cut.render.resolution_y, cut.render.resolution_percentage = 16, 16, 100
    media = cut.render.ffmpeg
    media.format, media.codec, media.audio_codec = "MKV", "H264", "PCM"
    cut.render.filepath = str(path)


def cover(cut):
    """A black strip over all pictures of an edit, so that none needs to be rendered."""
    top = max(strip.channel for strip in versions.strips(cut)) + 1
    strip = versions.new_effect(cut, "cover", "COLOR", top, cut.frame_start, cut.frame_end - cut.frame_start + 1)
    strip.blend_type = "REPLACE"
    return strip


def length(edition: str, frames: int) -> int:
    """How many frames an edition of a film has: ping-pong shows the frames on which it turns once."""
    return max(1, 2 * frames - 2) if edition == "pingpong" else frames


def edition(cut, name: str, pictures: list[str], mix: str):
    """A scene that shows a rendered film as one of EDITIONS, written as the edit `cut` is.

    pictures: files of its frames. mix: the file of its sound, '' without.
    """
    scene = bpy.data.scenes.new(f"{cut.name} {name.title()}")
    for part in ("render", "render.image_settings", "render.ffmpeg"):
        take(scene.path_resolve(part), values(cut.path_resolve(part)))
    frames = len(pictures)
    scene.frame_start, scene.frame_end = 1, length(name, frames)
    _plain_colour(scene)
    if name != "reversed":
        _lay(scene, name, pictures, 1, 1)
    if name == "reversed":
        _lay(scene, name, pictures[::-1], 1, 1)
    if name == "pingpong" and frames > 2:
        _lay(scene, "back", pictures[-2:0:-1], 2, frames + 1)
    if mix:
        for number, start in enumerate(range(1, scene.frame_end + 1, frames)):
            versions.strips(scene).new_sound(f"{name} {number + 1}", mix, 3 + number, start)
        scene.view_layers[0].update()  # the sound of a scene that nobody has looked at is silence
    return scene


def values(settings) -> dict:
    """All that can be set of one part of a scene's settings. First what the others may be depends on."""
    names = [prop.identifier for prop in settings.bl_rna.properties if not prop.is_readonly and prop.type != "POINTER"]
    first = [name for name in ("media_type", "file_format", "format", "codec") if name in names]
    return {name: getattr(settings, name) for name in (*first, *(name for name in names if name not in first))}


def take(settings, wanted: dict) -> None:
    """Sets a part of a scene's settings to such values."""
    for name, value in wanted.items():
        with contextlib.suppress(AttributeError, TypeError):  # has no meaning for this format
            setattr(settings, name, value)


def _lay(scene, name, pictures, channel, start):
    strip = versions.strips(scene).new_image(name, pictures[0], channel, start, fit_method="ORIGINAL")
    for picture in pictures[1:]:
        strip.elements.append(bpy.path.basename(picture))


def _plain_colour(scene):
    """The frames are as they are to be seen already."""
    view = scene.view_settings
    view.view_transform, view.look, view.exposure, view.gamma, view.use_curve_mapping = "Standard", "None", 0.0, 1.0, False
    scene.render.dither_intensity = 0.0
