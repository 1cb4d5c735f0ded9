"""Effects in the scene and in the edit: seen, looping, updated in place, the artist's changes kept, taken out again."""

import math
import shutil

import bpy
import numpy as np
import pytest
from PIL import Image

from tests import harness
from tests.scene import studio

SHEETS = ("RAIN", "SNOW", "DUST", "FOG", "RAYS")
KINDS = (*SHEETS, "SHIMMER", "GLOW", "VIGNETTE", "GRAIN")
BLOCKS = ("objects", "meshes", "materials", "images", "actions", "node_groups", "scenes")


@pytest.fixture
def built(blank, tmp_path):
    folder = tmp_path / "parallax"
    shutil.copytree(studio.painted(direction=180.0).folder, folder)
    return studio.build(harness.part("engine.job").Job(folder))


def lay(built, *effects):
    """Lays effects as Update Edit does, with their files made here. Gives its sentences."""
    film, settings = harness.part("engine.film.settings").Film, harness.part("scene.film_settings")
    of = harness.part("engine.film.effects").Effect
    settings.from_film(built.scene.infinite_parallax, film(effects=tuple(of.from_dict(one) for one in effects)))
    shot, module, assets = harness.part("scene.shot").of(built.scene), harness.part("scene.effects"), harness.part("engine.film.assets")
    for asset in assets.missing(module.assets(shot), shot.folder):
        assets.make(asset, shot.folder, lambda _: None)
    return module.lay(shot)


def sheets(built):
    return [one for one in built.scene.objects if harness.part("scene.marks").role(one).startswith("effect ")]


def strips(built):
    found = harness.part("scene.versions").strips(built.edit)
    return [one for one in found if harness.part("scene.marks").role(one).startswith("effect ")]


def blocks():
    return {(kind, block.session_uid) for kind in BLOCKS for block in getattr(bpy.data, kind) if block.name != "Render Result"}


def links(built):
    trees = [material.node_tree for plane in studio.planes(built.scene) for material in plane.data.materials]
    return [sorted((link.from_socket.path_from_id(), link.to_socket.path_from_id()) for link in tree.links) for tree in trees]


def seen(built, frame):
    return studio.render(built.scene, frame)[..., :3].astype(float)


def cut(built, frame):
    """A frame of the edit."""
    render, path, ends = built.edit.render, studio.folder() / "cut_", (built.edit.frame_start, built.edit.frame_end)
    if hasattr(render.image_settings, "media_type"):
        render.image_settings.media_type = "IMAGE"
    render.image_settings.file_format, render.filepath = "PNG", str(path)
    built.edit.frame_start = built.edit.frame_end = frame  # a still of another scene than the window's is of that one's frame
    bpy.ops.render.render(animation=True, scene=built.edit.name)
    built.edit.frame_start, built.edit.frame_end = ends
    return np.array(Image.open(f"{path}{frame:04}.png").convert("RGB")).astype(float)


def drift(before, after):
    """How far a sheet's cover has moved, (x, y) in pixels."""
    one, two = (image[..., 3].astype(float) for image in (before, after))
    x, y = studio._peak(one, two)
    one, two = studio._overlap(one, two, (x, y))
    part = studio._peak(one, two, fine=True)
    return x + part[0], y + part[1]


@pytest.mark.parametrize("kind", [*SHEETS, "SHIMMER"])
def test_seen_and_alive_and_back_at_its_beginning_after_the_last_frame(built, kind):
    """And without strength, or hidden, the picture is as it was."""
    frames = built.scene.frame_end
    plain, middle = seen(built, 1), seen(built, frames // 3)
    lay(built, {"kind": kind, "name": "it", "strength": 0.0})
    assert np.array_equal(seen(built, 1), plain)
    lay(built, {"kind": kind, "name": "it", "strength": 1.0})
    first, again = seen(built, 1), seen(built, frames + 1)
    assert np.abs(first - plain).mean() > 0.2
    assert np.abs(again - first).max() <= 3.0, "the frame after the last must be the first"
    assert np.abs((seen(built, frames // 3) - middle) - (first - plain)).mean() > 0.1, "it must change"
    lay(built, {"kind": kind, "name": "it", "strength": 1.0, "hide": True})
    assert np.array_equal(seen(built, 1), plain)


@pytest.mark.parametrize("kind", ["RAIN", "DUST", "FOG", "SHIMMER"])
def test_a_parallax_that_sways_has_effects_that_loop(blank, kind):
    swaying = studio.build(studio.painted((160, 96), style="SWAY", fps=6.0))
    lay(swaying, {"kind": kind, "name": "it", "strength": 1.0, "wind": True})
    frames = swaying.scene.frame_end
    plain = [seen(swaying, frame) for frame in (1, frames // 4 + 1, frames + 1)]
    assert np.abs(plain[0] - plain[2]).max() <= 3.0 < np.abs(plain[0] - plain[1]).max()
    film, settings = harness.part("engine.film.settings").Film, harness.part("scene.film_settings")
    settings.from_film(swaying.scene.infinite_parallax, film())
    assert swaying.scene.infinite_parallax.style == "SWAY"


@pytest.mark.parametrize("wind", [False, True])
def test_rain_goes_where_it_is_told_as_fast_as_it_is_told(built, wind):
    lay(built, {"kind": "RAIN", "name": "it", "direction": 240.0, "speed": 0.2, "wind": wind, "strength": 1.0})
    for plane in studio.planes(built.scene):
        plane.hide_render = True
    one, *others = sorted(sheets(built), key=harness.part("scene.marks").role, reverse=True)
    for other in others:
        other.hide_render = True
    shot = harness.part("scene.shot").of(built.scene)
    moved = drift(studio.render(built.scene, 1), studio.render(built.scene, 2))
    depth = harness.part("scene.effects.falling").DEPTHS["RAIN"][-1]
    pixels = depth.speed * 0.2 * studio.SIZE[0] / 1600.0 / shot.fps
    along = shot.path(shot.layers[-1])
    carried = (along[1][0] - along[0][0], along[1][1] - along[0][1]) if wind else (0.0, 0.0)
    wanted = (pixels * math.cos(math.radians(240.0)) + carried[0], pixels * math.sin(math.radians(60.0)) + carried[1])
    assert moved == pytest.approx(wanted, abs=0.35)


def test_fog_is_thicker_on_far_layers(built):
    plain = seen(built, 1)
    lay(built, {"kind": "FOG", "name": "it", "strength": 1.0})
    for material in (one.data.materials[0] for one in sheets(built)):  # the same air everywhere, so that only distance counts
        node = next(node for node in material.node_tree.nodes if harness.part("scene.marks").role(node) == "height")
        node.outputs[0].default_value = 1e9
    changed = np.abs(seen(built, 1) - plain).mean(axis=(1, 2))
    far, middle, near = changed[: 192 * 3 // 10 - 8].mean(), changed[192 * 4 // 10 : 192 * 6 // 10].mean(), changed[-40:].mean()
    assert far > middle > near == 0.0


def test_shimmer_leaves_other_layers_alone_and_no_trace_in_them(built):
    plain, before, there = seen(built, 1), links(built), blocks()
    lay(built, {"kind": "SHIMMER", "name": "it", "layer": 3, "strength": 1.0})
    waved = seen(built, 1)
    assert np.array_equal(waved[:120], plain[:120]) and np.abs(waved[-40:] - plain[-40:]).mean() > 1.0
    assert links(built)[:2] == before[:2]
    lay(built)
    assert links(built) == before and blocks() == there and np.array_equal(seen(built, 1), plain)


def test_shimmer_that_the_artist_took_out_of_a_layer_stays_out_until_it_is_changed(built):
    effect = {"kind": "SHIMMER", "name": "it"}
    plain = links(built)
    lay(built, effect)
    waved = links(built)
    tree = studio.planes(built.scene)[0].data.materials[0].node_tree
    tree.nodes.remove(next(node for node in tree.nodes if node.type == "GROUP"))
    without = links(built)
    for _ in range(2):
        lay(built, effect)
        assert links(built) == without
    lay(built, effect | {"strength": 0.7})
    assert links(built) == waved
    lay(built)
    assert links(built) == plain and "infinite_parallax_shimmer" not in studio.planes(built.scene)[0].data.materials[0]


def test_shimmer_stays_in_another_parallax_of_the_file(built):
    lay(built, {"kind": "SHIMMER", "name": "it"})
    before = links(built)
    other = studio.build(harness.part("engine.job").Job(built.scene.infinite_parallax.job), bpy.data.scenes.new("Other"))
    lay(other, {"kind": "SHIMMER", "name": "other"})
    lay(other)
    assert links(built) == before and links(other) != before


def test_what_lies_over_the_film(built):
    plain, later = cut(built, 5), cut(built, 6)
    lay(built, {"kind": "VIGNETTE", "name": "it", "strength": 1.0})
    dark = cut(built, 5) / np.maximum(plain, 1.0)
    corners = [dark[:12, :12], dark[:12, -12:], dark[-12:, :12], dark[-12:, -12:]]
    assert all(corner.mean() < 0.5 for corner in corners) and dark[90:100, 150:170].mean() > 0.97
    lay(built, {"kind": "GRAIN", "name": "it", "strength": 1.0})
    one, two = cut(built, 5) - plain, cut(built, 6) - later
    assert 1.0 < one.std() < 40.0 and abs(one.mean()) < 1.5 and np.abs(one - two).mean() > 1.0
    lay(built, {"kind": "GLOW", "name": "it", "strength": 1.0})
    glow = cut(built, 5) - plain
    assert glow.mean() > 0.3 and glow.min() > -3.0
    lay(built)
    assert np.array_equal(cut(built, 5), plain)


def test_media_of_any_size_is_fitted_and_a_movie_goes_on_to_the_end(built, tmp_path):
    Image.fromarray(np.full((50, 50, 3), 255, np.uint8)).save(tmp_path / "square.png")
    lay(built, {"kind": "MEDIA", "name": "it", "file": str(tmp_path / "square.png"), "blend": "ADD", "strength": 1.0})
    frame = cut(built, built.scene.frame_end)
    assert frame[:, 80:240].min() >= 254.0 and frame[:, :50].max() < 254.0
    there = [strip.name for strip in strips(built)]
    notes = lay(built, {"kind": "MEDIA", "name": "it", "file": str(tmp_path / "gone.mp4")}, {"kind": "VIGNETTE", "name": "Dark"})
    assert "gone.mp4 is not there" in notes[0]
    assert [strip.name for strip in strips(built)] == [*there, "Dark"]


@pytest.fixture
def movie(tmp_path):
    """A movie of 10 pictures at 10 a second: 24 frames of the film."""
    path = tmp_path / "clip.gif"
    pictures = [Image.fromarray(np.full((64, 64, 3), 25 * number, np.uint8)) for number in range(10)]
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=100, loop=0)
    return path


def spans(built):
    """Role, first frame and the one after the last of each strip of effects."""
    versions, role = harness.part("scene.versions"), harness.part("scene.marks").role
    return sorted((role(one), versions.strip_start(one), versions.strip_end(one)) for one in strips(built))


def test_a_movie_keeps_what_was_done_to_it_as_the_film_becomes_longer_and_shorter(built, movie):
    effect = {"kind": "MEDIA", "name": "it", "file": str(movie), "strength": 1.0}
    built.scene.frame_end = 25
    lay(built, effect)
    assert spans(built) == [("effect it media 0", 1, 11), ("effect it media 1", 11, 21), ("effect it media 2", 21, 26)]
    first, second, third = sorted(strips(built), key=harness.part("scene.versions").strip_start)
    first.transform.scale_x, first.crop.min_x, first.blend_alpha = 0.5, 7, 0.3
    first.modifiers.new("Mine", "BRIGHT_CONTRAST")
    second.keyframe_insert("blend_alpha", frame=12)
    built.scene.frame_end = 45
    assert lay(built, effect) == ()
    assert spans(built)[2:] == [("effect it media 2", 21, 31), ("effect it media 3", 31, 41), ("effect it media 4", 41, 46)]
    assert (first.transform.scale_x, first.crop.min_x, first.modifiers.keys()) == (0.5, 7, ["Mine"])
    assert len(harness.part("scene.versions").fcurves(built.edit)) == 1
    added = next(one for one in strips(built) if one.name == "it 5")
    assert (added.transform.scale_x, added.crop.min_x, added.blend_alpha) == pytest.approx((0.5, 7, 0.3))
    harness.part("scene.versions").set_strip_start(third, 101)
    built.scene.frame_end = 22
    notes = lay(built, effect)
    assert spans(built) == [("effect it media 0", 1, 11), ("effect it media 1", 11, 21), ("effect it media 2", 101, 111)]
    assert notes == ()
    assert len({one.channel for one in strips(built)}) == 1


def test_what_the_artist_trimmed_stays_and_the_rest_is_as_long_as_the_film(built):
    effects = [{"kind": kind, "name": kind.title()} for kind in ("VIGNETTE", "GLOW", "GRAIN")]
    lay(built, *effects)
    set_end = harness.part("scene.versions").set_strip_end
    vignette = next(one for one in strips(built) if one.name == "Vignette")
    set_end(vignette, 7)
    for frames in (60, 30):
        built.scene.frame_end = frames
        lay(built, *effects)
        ends = {role: end for role, start, end in spans(built) if start == 1}
        assert ends == {"effect Vignette vignette": 7, **dict.fromkeys(
            ("effect Glow below", "effect Glow glow", "effect Grain grain"), frames + 1)}


def test_what_the_artist_deleted_stays_away_until_its_effect_is_changed(built, movie):
    versions, role = harness.part("scene.versions"), harness.part("scene.marks").role
    effects = [{"kind": kind, "name": kind.title()} for kind in ("RAIN", "GLOW", "VIGNETTE")]
    effects.append({"kind": "MEDIA", "name": "Clip", "file": str(movie)})
    built.scene.frame_end = 25
    lay(built, *effects)
    planes, laid = {role(one) for one in sheets(built)}, {role(one) for one in strips(built)}
    gone = {"effect Rain rain 1", "effect Glow glow", "effect Vignette vignette", "effect Clip media 1"}
    bpy.data.objects.remove(next(one for one in sheets(built) if role(one) in gone))
    for strip in strips(built):
        if role(strip) in gone:
            versions.strips(built.edit).remove(strip)
    before = blocks()
    for _ in range(2):
        assert lay(built, *effects) == ()
        assert {role(one) for one in sheets(built)} == planes - gone and {role(one) for one in strips(built)} == laid - gone
    assert blocks() <= before
    for effect in effects:
        effect["strength"] = 0.6
    lay(built, *effects)
    assert {role(one) for one in sheets(built)} == planes and {role(one) for one in strips(built)} == laid


def test_strips_lie_in_the_order_of_the_list(built, movie):
    made = [{"kind": kind, "name": kind.title()} for kind in ("GLOW", "VIGNETTE", "GRAIN")]
    made.append({"kind": "MEDIA", "name": "Clip", "file": str(movie)})

    def order():
        found = sorted(strips(built), key=lambda one: one.channel)
        return [name for name in dict.fromkeys(one.name.split()[0] for one in found)]

    lay(built, *made)
    channels = {one.channel for one in strips(built)}
    assert order() == ["Glow", "Clip", "Vignette", "Grain"]
    lay(built, *made[::-1])
    assert order() == ["Clip", "Glow", "Grain", "Vignette"] and {one.channel for one in strips(built)} == channels
    below, glow = (next(one for one in strips(built) if one.name == name) for name in ("Glow Below", "Glow"))
    assert below.channel < glow.channel
    names = built.edit.sequence_editor.channels
    assert {names[one.channel].name for one in strips(built)} == {"Clip", "Glow Below", "Glow", "Grain", "Vignette"}
    assert names[glow.channel].name == "Glow"
    glow.channel = 40
    lay(built, *made)
    assert glow.channel == 40 and order() == ["Glow", "Clip", "Vignette", "Grain"]


def test_all_of_many_planes_are_put_aside(built):
    collection = built.scene.collection.children[0]
    for number in range(300):
        plane = bpy.data.objects.new("Rain", None)
        collection.objects.link(harness.part("scene.marks").mark(plane, f"effect it rain {number}"))
    harness.part("scene.effects").put_aside(collection)
    assert len(sheets(built)) == 300 and all(one.hide_render and one.hide_viewport for one in sheets(built))


def test_another_kind_under_the_same_name_is_called_by_it(built):
    lay(built, {"kind": "RAIN", "name": "it"}, {"kind": "VIGNETTE", "name": "Over"})
    lay(built, {"kind": "SNOW", "name": "it"}, {"kind": "GRAIN", "name": "Over"})
    assert [one.name for one in strips(built)] == ["Over"]
    for one in sheets(built):
        assert {one.name, one.data.name, one.data.materials[0].name} == {one.name.partition(".")[0]}


def test_laid_again_nothing_is_twice_and_edits_stay(built):
    effects = [{"kind": kind, "name": kind.title()} for kind in KINDS]
    lay(built, *effects)
    before, number = blocks(), len(strips(built))
    rain = next(one for one in sheets(built) if one.name.startswith("Rain"))
    rain.scale[0] = 2.0
    vignette = next(one for one in strips(built) if one.name == "Vignette")
    vignette.blend_alpha = 0.9
    lay(built, *effects)
    assert blocks() == before and len(strips(built)) == number
    assert rain.scale[0] == 2.0 and vignette.blend_alpha == pytest.approx(0.9)
    notes = lay(built)
    assert sheets(built) == [rain] and rain.hide_render and strips(built) == [vignette] and vignette.mute
    assert "Vignette" in notes[0] and rain.name in notes[0]


def test_taken_out_the_file_is_as_before(built):
    before, number = blocks(), len(harness.part("scene.versions").strips(built.edit))
    lay(built, *({"kind": kind, "name": kind.title()} for kind in KINDS))
    assert len(blocks()) > len(before) + 20
    assert lay(built) == ()
    assert blocks() == before and len(harness.part("scene.versions").strips(built.edit)) == number


def test_cycles_looks_through_all_sheets(built):
    lay(built, *({"kind": kind, "name": kind.title()} for kind in SHEETS))
    assert built.scene.cycles.transparent_max_bounces >= len(sheets(built)) + 3


def test_before_a_travelling_camera_it_looks_the_same(built):
    effects = [{"kind": kind, "name": kind.title(), "strength": 1.0} for kind in ("FOG", "RAYS", "SNOW")]
    lay(built, *effects)
    frame = built.scene.frame_end // 4
    before = seen(built, frame)
    built.scene.infinite_parallax.camera.mover = "CAMERA"
    job = harness.part("engine.job").Job(built.scene.infinite_parallax.job)
    harness.part("scene.build").update_motion(built.scene, job)
    built.scene.infinite_parallax.camera.mover = "CAMERA"
    shot = harness.part("scene.shot").of(built.scene)
    harness.part("scene.effects").lay(shot)
    assert np.abs(seen(built, frame) - before).mean() < 2.0
