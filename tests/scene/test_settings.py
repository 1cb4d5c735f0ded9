"""The panel's settings are the engine's settings."""

import bpy
import pytest

from tests import harness


@pytest.fixture
def props(blank):
    return bpy.context.scene.infinite_parallax


def engine():
    return harness.part("engine.settings")


@pytest.fixture
def image_files(tmp_path):
    """Three masks that are there."""
    from PIL import Image

    for number in range(3):
        Image.new("L", (8, 6), 255).save(tmp_path / f"{number}.png")
    return [str(tmp_path / f"{number}.png") for number in range(3)]


def every_setting(masks, **changed):
    """A value that is not the default for each of the engine's settings."""
    values = {"style": "SWAY", "style_overrides": "duration,fps", "path": "SWAY", "travel": 5.0, "speed_range": 2.5, "margin": 1.5,
              "seams": "PAINT", "keep_mount": True,
              "separator": "DEPTH", "auto_layers": False, "depth_map": masks[0], "near": "BLACK", "depth_range": 3.5,
              "cards": str(harness.ROOT), "masks": ["", masks[1], ""], "names": ["Sky", "Hills", "River"], "matte": 5.0,
              "hidden": [0.0, 1.0, 0.0],
              "objects": [{"name": "church", "key": "a1", "tags": "tower", "box": [37.0, 20.5, 47.0, 78.0], "grow": 2.0, "feather": 3.0,
                           "motion": "STILL"},
                          {"name": "cloud", "key": "c2", "lasso": [1.0, 2.0, 30.25, 2.0, 15.0, 40.0], "motion": "FACTOR", "factor": 0.5},
                          {"name": "bridge", "key": "b3", "mask": masks[2]}, {"name": "flags", "key": "f4", "tags": "flag"},
                          {"name": "rider", "key": "r5", "subject": True}],
              "find_subject": False,
              "direction": -405.5, "layers": 3, "heights": [20.0, 30.0, 50.0], "distances": [9.0, 2.5, 1.0], "speeds": [None, -12.5, None],
              "law": "DIRECT", "smoothness": 2.5, "seconds_per_step": 0.5, "length": "DURATION", "steps": 7, "duration": 3.0, "fps": 12.5,
              "loop": False, "content": "FRESH", "fill": "QUILT", "fill_behind": True, "seed": 123456789, "overlap": 3.0, "grow": False,
              "depth_model": "midas-small", "layer_tags": "sky, river", "detector": "grounding-dino-tiny", "segmenter": masks[0],
              "subject_model": "isnet-general", "box_threshold": 0.4, "text_threshold": 0.5, "inpaint_model": "sd-inpainting",
              "prompt": "an oil painting", "negative_prompt": "text", "describe_model": "blip-base", "quality": "CUSTOM",
              "inference_steps": 12, "guidance": 3.5, "strength": 0.9, "scheduler": "UNIPC", "lora": masks[1], "lora_scale": 0.7,
              "control": "controlnet-depth-sd", "control_scale": 0.8, "paint_size": 768, "offload": "PARTS", "removal_prompt": "meadow",
              "removal_passes": 3, "redos": [{"step": 3, "seed": 9, "prompt": "a castle"}, {"step": 5, "seed": 1}],
              "taper": 1.0, "blur": 2.0, "lerp_alpha": 0.5, "falloff": 2.0, "feather": 5.0, "max_width": 640, "factors": [1.0, 0.5, 2.0],
                  "turns": [0.0, 180.0, 100.0, 135.0], "start": 1.5, "hold_in": 0.5, "hold_out": 1.0, "ease_in": 2.0, "ease_out": 2.5,
                  **changed}
    assert set(values) == set(engine().options())
    return engine().Settings.from_dict(values)


def assert_same(read, wanted, but=()):
    """Settings that went through Blender's single precision."""
    read, wanted = read.to_dict(), wanted.to_dict()
    for group in ("objects", "redos"):
        for one, other in zip(read.pop(group), wanted.pop(group), strict=True):
            for name in other:
                assert one[name] == pytest.approx(other[name]), name
    for name in set(read) - set(but):
        assert read[name] == pytest.approx(wanted[name]), name


def test_every_engine_setting_can_be_set_and_read_back(props, image_files):
    properties = harness.part("scene.properties")
    wanted = every_setting(image_files)
    properties.from_settings(props, wanted)
    read = properties.to_settings(props)
    assert_same(read, wanted, but=("heights",))
    assert read.heights == (), "shapes have no heights"
    properties.from_settings(props, every_setting(image_files, separator="BANDS"))
    assert properties.to_settings(props).heights == pytest.approx((20.0, 30.0))


def test_a_copy_has_every_setting(props, image_files):
    properties = harness.part("scene.properties")
    properties.from_settings(props, every_setting(image_files))
    other = bpy.data.scenes.new("Other").infinite_parallax
    before = properties.fingerprint(other)
    properties.copy(props, other)
    assert properties.fingerprint(other) == properties.fingerprint(props) != before
    assert properties.to_settings(other) == properties.to_settings(props)


def test_layers_that_are_found_are_not_asked_for(props):
    properties = harness.part("scene.properties")
    props.separator, props.layers = "DEPTH", 3
    props.layer_items[1].name = "Hills"
    read = properties.to_settings(props)
    assert (read.auto_layers, read.distances, read.speeds, read.masks, read.names) == (True, (), (), (), ())
    props.auto_layers = False
    read = properties.to_settings(props)
    assert (read.distances, read.names) == ((3.0, 2.0, 1.0), ("Layer 1", "Hills", "Layer 3"))
    props.auto_layers = True
    props.layer_items[0].mask = bpy.data.images.new("Painted", 8, 6)
    assert not props.auto_layers, "a mask is for a layer that is there"
    assert properties.to_settings(props).masks == ("Painted", "", "")


def test_an_object_tells_only_its_shape(props):
    properties = harness.part("scene.properties")
    item = properties.add_object(props)
    assert (item.name, properties.add_object(props).name, props.active_object) == ("Object 1", "Object 2", 1)
    item.lasso, item.box = "10,10,50,10,30,40", (25.0, 25.0, 75.0, 75.0)
    props.objects[1].shape = "TAGS"
    assert properties.to_settings(props).objects[0].box == (25.0, 25.0, 75.0, 75.0)
    item.shape = "LASSO"
    read = properties.to_settings(props).objects[0]
    assert (read.box, read.lasso, read.mask) == ((), (10.0, 10.0, 50.0, 10.0, 30.0, 40.0), "")
    refused = harness.part("engine.errors").ParallaxError
    for shape, sentence in (("MASK", "has no mask yet"), ("LASSO", "has no lasso yet"), ("BOX", "has no box yet")):
        item.shape, item.lasso, item.box = shape, "", (0.0, 0.0, 0.0, 0.0)
        with pytest.raises(refused, match=sentence):
            properties.to_settings(props)


@pytest.mark.parametrize("change", [
    lambda item: setattr(item, "box", (1, 2, 3, 4)), lambda item: setattr(item, "lasso", "1,2,3"), lambda item: setattr(item, "factor", 2)])
def test_a_change_of_an_object_is_noticed(props, change):
    properties = harness.part("scene.properties")
    item = properties.add_object(props)
    before = properties.fingerprint(props)
    change(item)
    assert properties.fingerprint(props) != before


def test_a_new_scene_has_the_engines_defaults(untouched):
    read = harness.part("scene.properties").to_settings(bpy.context.scene.infinite_parallax).to_dict()
    for name, value in engine().Settings().to_dict().items():
        assert read[name] == pytest.approx(value), name


def test_labels_and_tips_are_the_engines(props):
    for name, option in engine().options().items():
        rna = props.bl_rna.properties.get(name)
        if rna:
            assert (rna.name, rna.description) == (option.label, option.tip)
            assert not rna.description.endswith(".")


def test_a_new_number_of_layers_keeps_what_was_set(props):
    props.layers = 4
    assert [item.distance for item in props.layer_items] == [4.0, 3.0, 2.0, 1.0]
    props.layers = 5
    assert [item.distance for item in props.layer_items] == [5.0, 4.0, 3.0, 2.0, 1.0], "untouched distances are the landscape's"
    props.layer_items[0].distance = 40.0
    props.layers = 6
    assert [item.distance for item in props.layer_items][:5] == [40.0, 4.0, 3.0, 2.0, 1.0]
    props.layers = 2
    assert [item.distance for item in props.layer_items] == [40.0, 4.0]


def test_the_last_height_is_what_is_left(props):
    properties = harness.part("scene.properties")
    props.layers, props.auto_heights = 3, False
    props.layer_items[0].height, props.layer_items[1].height = 25.0, 35.0
    assert properties.last_height(props) == pytest.approx(40.0)
    assert properties.to_settings(props).heights == (25.0, 35.0)
    props.layer_items[1].height = 80.0
    with pytest.raises(harness.part("engine.errors").ParallaxError, match="leave nothing for the last layer"):
        properties.to_settings(props)


@pytest.mark.parametrize("angle", [-90.0, 725.25, 1e5])
def test_any_angle_is_welcome(props, angle):
    props.direction = angle
    assert props.direction == angle


def test_the_bands_come_back_as_they_were(props):
    props.layers, props.auto_heights = 6, False
    props.layer_items[5].name, props.layer_items[4].height, props.layer_items[1].distance = "Grass", 7.0, 5.5
    props.layer_items[0].hide = True
    before = [(item.name, item.height, item.distance, item.hide) for item in props.layer_items]
    props.separator = "DEPTH"
    assert not any(item.hide for item in props.layer_items), "what is hidden of the bands is none of the shapes"
    props.layers = 3
    props.separator = "CARDS"
    props.layers = 2
    props.separator = "BANDS"
    assert props.layers == 6
    assert [(item.name, item.height, item.distance, item.hide) for item in props.layer_items] == before


def test_masks_of_bands_reach_the_engine_with_a_depth_map(props):
    properties = harness.part("scene.properties")
    props.layers = 3
    props.layer_items[1].mask = bpy.data.images.new("Painted", 8, 6)
    props.separator = "DEPTH"
    assert not properties.finds_layers(props) and not props.auto_layers
    read = properties.to_settings(props)
    assert (read.layers, read.masks, len(read.distances)) == (3, ("", "Painted", ""), 3)
    props.auto_layers = True
    assert not properties.finds_layers(props), "what a mask is for is not looked for"
    assert properties.to_settings(props).masks == ("", "Painted", "")
    props.separator = "CARDS"
    assert properties.finds_layers(props) and properties.to_settings(props).masks == ()


def test_shapes_keep_their_list_while_there_are_bands(props, tmp_path):
    properties = harness.part("scene.properties")
    props.separator = "DEPTH"
    props.layers = 2
    mask = props.layer_items[1].mask = bpy.data.images.new("Painted", 8, 6)
    props.layer_items[1].distance, props.layer_items[0].lock = 1.5, True
    props.separator = "BANDS"
    assert (props.layers, properties.to_settings(props).masks) == (5, ())
    mask.pixels[0] = 1.0
    mask.update()
    assert mask.is_dirty
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "saved.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "saved.blend"))
    props = bpy.context.scene.infinite_parallax
    other = bpy.data.scenes.new("Other").infinite_parallax
    properties.copy(props, other)
    for one in (props, other):
        one.separator = "DEPTH"
        assert [(item.distance, item.lock) for item in one.layer_items] == [(2.0, True), (1.5, False)]
        assert one.layer_items[1].mask.packed_file and not one.auto_layers


@pytest.mark.parametrize("found", [True, False])
def test_masks_of_bands_leave_alone_what_was_found(props, found):
    props.separator = "DEPTH"
    props.layers, props.built = 3, "DEPTH" if found else ""
    props.separator = "BANDS"
    props.layer_items[1].mask = bpy.data.images.new("Painted", 8, 6)
    props.separator = "DEPTH"
    masked = any(item.mask for item in props.layer_items)
    assert (masked, props.auto_layers, props.layers) == ((False, True, 3) if found else (True, False, 5))


def test_a_mask_on_a_card_changes_nothing(props):
    properties = harness.part("scene.properties")
    props.separator = "CARDS"
    props.layer_items[0].mask = bpy.data.images.new("Painted", 8, 6)
    assert props.auto_layers and properties.finds_layers(props)


def test_hidden_layers_are_said(props):
    properties = harness.part("scene.properties")
    props.layers = 3
    assert properties.to_settings(props).hidden == ()
    props.layer_items[2].hide = True
    settings = properties.to_settings(props)
    assert settings.hidden == (0.0, 0.0, 1.0)
    props.layer_items[2].hide = False
    properties.from_settings(props, settings)
    assert [item.hide for item in props.layer_items] == [False, False, True]


def film_groups(props):
    """The groups and lists of the film's settings, each with its class."""
    of = harness.part("engine.film.settings")
    film_settings = harness.part("scene.film_settings")
    groups = [(getattr(props, name), one) for name, one in of.GROUPS.items()]
    return groups + [(film_settings.add(getattr(props, name), "One"), one) for name, one in of.LISTS.items()]


def test_every_number_may_be_at_its_end(props):
    """Blender keeps 0.01 as a little less."""
    options, film_settings = harness.part("engine.options").options, harness.part("scene.film_settings")
    for group, of in film_groups(props):
        for name, option in options(of).items():
            if option.kind == "colour" or option.low is None or name in ("bitrate", "most_bitrate"):
                continue
            before = getattr(group, name)
            for end in (option.low, option.high):
                setattr(group, name, end)
                read = film_settings.to_film(props)
                now = [read.grade, read.camera, read.export, *read.sounds, *read.effects]
                assert [getattr(one, name) for one in now if isinstance(one, of)] == [pytest.approx(end)]
            setattr(group, name, before)


def test_a_bitrate_takes_its_maximum_along(props):
    film, film_settings = harness.part("scene.film"), harness.part("scene.film_settings")
    scene = props.id_data
    props.export.rate, props.export.bitrate = "BITRATE", 20000
    assert film_settings.to_film(props).export.most_bitrate == 20000
    props.export.most_bitrate = 15000
    assert film_settings.to_film(props).export.most_bitrate == 20000
    assert not film.is_stale(scene)
    film_settings.add(props.sounds, "Wind")
    assert film.is_stale(scene)


def test_effects_are_made_anew_for_another_size(props):
    film, film_settings = harness.part("scene.film"), harness.part("scene.film_settings")
    scene = props.id_data
    film_settings.add(props.sounds, "Wind")
    before = film.stamp(scene)
    props.export.size = "HD"
    assert film.stamp(scene) == before
    film_settings.add(props.effects, "Rain")
    before = film.stamp(scene)
    props.export.size = "UHD"
    assert film.stamp(scene) != before


def test_notices_end_when_the_film_is_set_otherwise(props):
    notices = harness.part("operators.notices")
    sound = harness.part("scene.film_settings").add(props.sounds, "Wind")
    for group, name, value in ((props.export, "bitrate", 777), (props.grade, "contrast", 1.5), (sound, "gain", -6.0)):
        notices.tell(props.id_data, "ERROR", "Wrong")
        assert notices.of(props.id_data)
        setattr(group, name, value)
        assert notices.of(props.id_data) is None


def test_sounds_of_one_name_stay_two(props):
    of, film_settings = harness.part("engine.film.settings"), harness.part("scene.film_settings")
    sounds = tuple(of.Sound(name="Wind", source=source) for source in ("WIND", "RAIN"))
    film_settings.from_film(props, of.Film(sounds=sounds))
    assert [item.name for item in props.sounds] == ["Wind", "Wind"]
    assert len({item.key for item in props.sounds}) == 2
