"""The film's colour: what the edit shows of it against its formulas, and that it comes and goes without a trace."""

import colorsys
from pathlib import Path

import bpy
import numpy as np
import pytest
from PIL import Image

from tests import harness
from tests.scene import studio

PATCHES = (204, 204, 204), (128, 128, 128), (180, 110, 60)  # sRGB of the three layers, from far to near


def part(name):
    return harness.part(name)


def seen(cut):
    """The first frame of the edit (H, W, 3), uint8."""
    if hasattr(cut.render.image_settings, "media_type"):
        cut.render.image_settings.media_type = "IMAGE"
    cut.render.image_settings.file_format = "PNG"
    cut.render.filepath = str(studio.folder() / "graded.png")
    cut.frame_set(1)
    bpy.ops.render.render(write_still=True, scene=cut.name)
    with Image.open(cut.render.filepath) as image:
        return np.array(image.convert("RGB"))


def patches(cut):
    """Mean colour of each band of the frame, 0 to 255, away from its borders."""
    frame = seen(cut).astype(float)
    return [frame[row - 8 : row + 8, 100:200].mean((0, 1)) for row in (29, 96, 163)]


def differs(seen, wanted):
    return np.abs(np.array(seen) - np.array(wanted)).max()


@pytest.fixture
def built(blank):
    return studio.build(studio.painted())


@pytest.fixture
def flat(built):
    """The same with one colour for each layer."""
    for layer, colour in enumerate(PATCHES):
        image = bpy.data.images.new(f"flat {layer}", 8, 8)
        image.pixels = [*(value / 255 for value in colour), 1.0] * 64
        for material in studio.planes(built.scene)[layer].data.materials:
            part("scene.marks").find(material.node_tree.nodes, "picture").image = image
    return built


def strip(built):
    return part("scene.edit").find(built.edit, "grade")


def grade(built):
    return built.scene.infinite_parallax.grade


def graded(colour, of):
    """What a grade makes of an sRGB colour, 0 to 255, by the formulas of Blender's manual for each modifier."""
    law, values = part("engine.film.grade"), []
    for number, value in enumerate(colour):
        x = 1.0 - (1.0 - value / 255) ** (1.0 / law.white(of)[number])  # white balance
        x = law.contrasted(1.0 - (1.0 - x) ** min(law.exponents(of)), of.contrast)  # curve
        x = max(0.0, ((x - 1.0) * (2.0 - of.lift[number]) + 1.0) * of.gain[number]) ** (1.0 / of.gamma[number])
        values.append(x)
    hue, saturation, value = colorsys.rgb_to_hsv(*values)
    back = colorsys.hsv_to_rgb(hue, min(1.0, saturation * of.saturation), value)
    return [min(255.0, max(0.0, 255 * x)) for x in back]


def test_a_neutral_grade_lays_no_strip_and_leaves_the_film_as_it_is_to_the_byte(built):
    before, strips = seen(built.edit), len(part("scene.versions").strips(built.edit))
    materials = {material.name: _links(material) for material in bpy.data.materials}
    assert part("scene.film").lay(built.scene) == () and strip(built) is None
    assert (seen(built.edit) == before).all()
    grade(built).temperature, grade(built).haze_auto, grade(built).haze = 0.5, False, 0.5
    assert strip(built) is not None and not (seen(built.edit) == before).all()
    grade(built).temperature = grade(built).haze = 0.0
    assert (seen(built.edit) == before).all()
    assert len(part("scene.versions").strips(built.edit)) == strips and len(bpy.data.node_groups) == 0
    assert {material.name: _links(material) for material in bpy.data.materials} == materials
    assert not part("scene.film").is_stale(built.scene)


def test_a_strip_that_the_artist_deleted_stays_away_until_the_colour_is_changed(built):
    grade(built).temperature = 0.5
    part("scene.film").lay(built.scene)
    part("scene.versions").strips(built.edit).remove(strip(built))
    part("scene.film").lay(built.scene)
    assert strip(built) is None and not part("scene.film").is_stale(built.scene)
    grade(built).temperature = 0.4
    assert strip(built) is not None
    bpy.data.scenes.remove(built.edit)
    bpy.ops.infinite_parallax.update_motion()
    edit = part("scene.edit")
    assert edit.find(edit.edit_of(built.scene), "grade") is not None, "a new edit has all that is set"


def _links(material):
    links = sorted((link.from_node.name, link.from_socket.identifier, link.to_node.name, link.to_socket.identifier)
                   for link in material.node_tree.links)
    return links, sorted(node.name for node in material.node_tree.nodes), sorted(material.keys())


@pytest.mark.parametrize("values", [
    {"temperature": 0.5}, {"temperature": -1.0, "tint": 0.5}, {"contrast": 0.7}, {"contrast": -0.6}, {"saturation": 0.3},
    {"lift": (1.2, 0.9, 1.0), "gamma": (0.8, 1.1, 1.3)}, {"gain": (1.2, 0.8, 0.5)},
    {"temperature": 0.4, "tint": -0.3, "contrast": 0.4, "saturation": 1.3,
     "lift": (1.05, 1.0, 0.95), "gamma": (0.9, 1.0, 1.1), "gain": (0.9, 1.0, 0.8)},
])
def test_each_setting_does_what_its_formula_says(flat, values):
    assert differs(patches(flat.edit), PATCHES) <= 1.0
    for name, value in values.items():
        setattr(grade(flat), name, value)
    of = part("engine.film.grade").Grade(**values)
    assert differs(patches(flat.edit), [graded(colour, of) for colour in PATCHES]) <= 2.0


def test_settings_move_the_picture_their_way(flat):
    grade(flat).temperature = 0.5
    red, green, blue = patches(flat.edit)[0]
    assert red > 204 + 5 and blue < 204 - 5  # a white patch gets warmer
    grade(flat).temperature, grade(flat).contrast = 0.0, 0.5
    light, middle, _ = patches(flat.edit)
    assert light[0] > 204 + 5 and abs(middle[0] - 128) <= 2  # steeper at the middle grey
    grade(flat).contrast, grade(flat).gain = 0.0, (0.5, 0.5, 0.5)
    assert differs(patches(flat.edit), np.array(PATCHES) * 0.5) <= 1.0
    grade(flat).gain, grade(flat).saturation = (1.0, 1.0, 1.0), 0.0
    assert np.ptp(patches(flat.edit)[2]) <= 1.0


def test_air_follows_its_formula_on_every_layer(flat):
    law, linear = part("engine.film.grade"), part("engine.film.haze").linear
    air, distances = (0.2, 0.4, 0.8), (3.0, 2.0, 1.0)
    grade(flat).haze_auto, grade(flat).haze_colour, grade(flat).haze = False, air, 0.7
    dense = law.density(0.7, distances)
    wanted = []
    for colour, distance in zip(PATCHES, distances):
        share = law.hazed(dense, distance, 1.0)
        mixed = (1.0 - share) * linear(np.array(colour) / 255) + share * np.array(air)
        wanted.append(255 * np.where(mixed <= 0.0031308, 12.92 * mixed, 1.055 * mixed ** (1 / 2.4) - 0.055))
    assert differs(patches(flat.edit), wanted) <= 2.0
    assert differs(wanted[0], PATCHES[0]) > 20 and differs(wanted[2], PATCHES[2]) == pytest.approx(0.0, abs=1e-6)
    assert len(bpy.data.node_groups) == 1 and strip(flat) is None


def test_air_takes_the_colour_of_the_farthest_layer_once_that_is_known(built):
    film, colour = part("scene.film"), part("scene.colour")
    grade(built).haze = 0.5
    assert len(film.wanted(built.scene)) in (0, 1)  # another test may have had it made
    part("operators.film").update(built.scene)
    assert film.wanted(built.scene) == [] and not film.is_stale(built.scene)
    far = studio.source(studio.painted())[15:50].reshape(-1, 3) / 255
    group = next(iter(bpy.data.node_groups))
    air = part("scene.nodes").find(group, colour.AIR).outputs[0].default_value
    assert np.allclose(air[:3], part("engine.film.haze").linear(far).mean(0), atol=0.08)
    group_before = group.name
    grade(built).haze = 0.6  # follows at once now
    assert not film.is_stale(built.scene) and [one.name for one in bpy.data.node_groups] == [group_before]


def test_what_the_artist_changed_stays_until_its_setting_is_changed(built):
    grade(built).temperature = 0.5
    modifiers = strip(built).modifiers
    assert [one.type for one in modifiers] == ["WHITE_BALANCE", "CURVES", "COLOR_BALANCE", "HUE_CORRECT"]
    modifiers["White Balance"].white_value = (0.9, 0.8, 0.7)
    modifiers["Tone"].curve_mapping.curves[3].points[4].location = (0.5, 0.25)
    modifiers.remove(modifiers["Saturation"])
    grade(built).gain = (1.1, 1.0, 1.0)
    grade(built).saturation = 0.5
    part("scene.film").lay(built.scene)
    modifiers = strip(built).modifiers
    assert tuple(modifiers["White Balance"].white_value) == pytest.approx((0.9, 0.8, 0.7))
    assert modifiers["Tone"].curve_mapping.curves[3].points[4].location[1] == pytest.approx(0.25)
    assert modifiers["Lift Gamma Gain"].color_balance.gain[0] == pytest.approx(1.1)
    assert "Saturation" not in modifiers
    grade(built).temperature = -0.5
    wanted = part("engine.film.grade").white(part("engine.film.grade").Grade(temperature=-0.5))
    assert tuple(strip(built).modifiers["White Balance"].white_value) == pytest.approx(wanted)


def test_a_changed_strip_and_changed_air_are_muted_not_removed_and_come_back(built):
    grade(built).temperature, grade(built).haze_auto, grade(built).haze = 0.5, False, 0.5
    before = strip(built)
    before.modifiers["Lift Gamma Gain"].color_balance.gain = (1.3, 1.0, 1.0)
    group = bpy.data.node_groups[0]
    part("scene.nodes").find(group, "air").outputs[0].default_value = (1.0, 0.0, 0.0, 1.0)
    grade(built).temperature = grade(built).haze = 0.0
    notes = part("scene.film").lay(built.scene)
    assert strip(built).mute and len(bpy.data.node_groups) == 1
    assert any("strip 'Colour'" in note for note in notes) and any("aerial perspective" in note for note in notes)
    grade(built).temperature, grade(built).haze = 0.3, 0.4
    assert not strip(built).mute
    assert strip(built).modifiers["Lift Gamma Gain"].color_balance.gain[0] == pytest.approx(1.3)
    assert tuple(part("scene.nodes").find(group, "air").outputs[0].default_value) == (1.0, 0.0, 0.0, 1.0)
    nodes = [node for material in bpy.data.materials for node in (material.node_tree.nodes if material.node_tree else ())
             if node.type == "GROUP"]
    assert nodes and not any(node.mute for node in nodes)


def test_air_that_the_artist_took_out_of_a_layer_stays_out(built):
    grade(built).haze_auto, grade(built).haze = False, 0.5
    material = studio.planes(built.scene)[0].data.materials[0]
    material.node_tree.nodes.remove(part("scene.nodes").find(material.node_tree, "haze"))
    grade(built).haze = 0.6
    assert part("scene.nodes").find(material.node_tree, "haze") is None


def test_the_strip_lies_over_what_is_seen_and_leaves_the_artists_strips(built):
    versions = part("scene.versions")
    mine = versions.new_effect(built.edit, "Mine", "COLOR", 12, 1, built.edit.frame_end)
    mine.blend_alpha = 0.0
    grade(built).temperature = 0.2
    assert strip(built).channel > mine.channel == 12
    assert versions.strip_start(strip(built)) == 1 and versions.strip_end(strip(built)) == built.edit.frame_end + 1
    versions.set_strip_end(strip(built), 3)
    grade(built).temperature = 0.3
    assert versions.strip_end(strip(built)) == 3  # the artist's choice


def test_presets_set_what_they_say_and_are_taken_off_again(built):
    law, settings = part("engine.film.grade"), part("scene.film_settings")
    grade(built).haze_colour = (0.25, 0.5, 0.75)
    for preset in law.PRESETS:
        assert bpy.ops.infinite_parallax.grade_look(look=preset.key) == {"FINISHED"}
        now = settings.to_film(built.scene.infinite_parallax).grade
        for name in ("temperature", "tint", "contrast", "saturation", "lift", "gamma", "gain", "haze"):
            assert getattr(now, name) == pytest.approx(getattr(preset.grade, name), abs=1e-6), (preset.key, name)
        assert now.haze_colour == (0.25, 0.5, 0.75) and strip(built) is not None
        assert (harness.ROOT / "presets" / f"{preset.key}.jpg").is_file()
    bpy.ops.infinite_parallax.grade_look(look="none")
    assert strip(built) is None and not settings.to_film(built.scene.infinite_parallax).grade.colours


def test_the_chosen_look_is_the_one_whose_values_are_all_set(built):
    colour, presets = part("operators.colour"), part("engine.film.grade").PRESETS

    def chosen():
        return [preset.key for preset in presets if colour.is_chosen(grade(built), preset)]

    for preset in presets:
        bpy.ops.infinite_parallax.grade_look(look=preset.key)
        assert chosen() == [preset.key] and not colour.is_chosen(grade(built), None)
    grade(built).haze_colour = (0.25, 0.5, 0.75)  # no look has one
    assert chosen() == [presets[-1].key]
    grade(built).gain[2] += 0.01
    assert chosen() == []
    bpy.ops.infinite_parallax.grade_look(look="none")
    assert chosen() == [] and colour.is_chosen(grade(built), None)


def test_looks_of_the_artists_own_are_saved_chosen_and_removed(built):
    saved, folder = part("operators.presets").saved, part("operators.colour").FOLDER
    assert not saved(folder)
    grade(built).temperature, grade(built).gain = 0.25, (0.5, 1.0, 1.5)
    assert bpy.ops.infinite_parallax.grade_preset_add(name="My Look") == {"FINISHED"}
    (file,) = Path(bpy.utils.user_resource("SCRIPTS", path="presets/infinite_parallax/grade")).glob("*.py")
    assert saved(folder)
    bpy.ops.infinite_parallax.grade_look(look="none")
    assert bpy.ops.script.execute_preset(filepath=str(file), menu_idname="INFINITE_PARALLAX_MT_grade_presets") == {"FINISHED"}
    assert grade(built).temperature == 0.25 and tuple(grade(built).gain) == (0.5, 1.0, 1.5) and strip(built) is not None
    assert bpy.ops.infinite_parallax.grade_preset_add(name="My Look", remove_name=True) == {"FINISHED"}
    assert not file.exists() and not saved(folder)  # though the folder is still there


def test_pictures_of_the_presets_are_small():
    pictures = list((harness.ROOT / "presets").iterdir())
    assert {picture.stem for picture in pictures} == {one.key for one in part("engine.film.grade").PRESETS}
    assert sum(picture.stat().st_size for picture in pictures) < 300_000


def test_it_follows_a_film_of_another_length(blank):
    built = studio.build(studio.painted(length="DURATION", duration=1.0, fps=10.0))
    grade(built).contrast = 1.4
    versions = part("scene.versions")
    assert versions.strip_end(strip(built)) == 11
    built.scene.infinite_parallax.duration = 2.0
    assert bpy.ops.infinite_parallax.update_motion() == {"FINISHED"}
    assert built.edit.frame_end == 20 and versions.strip_end(strip(built)) == 21
