"""The table of codecs: what goes together, and the one sentence where it does not."""

import pytest

from engine.errors import ParallaxError
from engine.film import codecs
from engine.film.export import EDITIONS, PRESETS, Export


@pytest.mark.parametrize("codec", codecs.TABLE)
def test_every_codec_alone_gives_a_file_with_the_sound_that_it_holds(codec):
    export = Export.from_dict({"codec": codec})
    assert export.file in codecs.TABLE[codec].containers
    assert export.audio in (*codecs.HELD[export.file], "NONE") and (export.audio == "NONE") == (codec == "PNG")
    assert export.bits in codecs.TABLE[codec].depths


def test_every_pair_of_the_table_is_taken_and_every_other_refused():
    for codec, container in ((one, row[0]) for one in codecs.TABLE for row in codecs.CONTAINERS):
        if container in codecs.containers(codec):
            Export(codec=codec, container=container)
        else:
            with pytest.raises(ParallaxError, match="does not go into .*: choose"):
                Export(codec=codec, container=container)


@pytest.mark.parametrize(("values", "sentence"), [
    ({"container": "WEBM"}, "H.264 does not go into WebM: choose MP4 or MKV or MOV"),
    ({"codec": "VP9", "sound": "AAC"}, "AAC sound does not go into WebM: choose OPUS or NONE"),
    ({"codec": "PNG", "sound": "PCM"}, "PCM sound does not go into Folder: choose NONE"),
    ({"codec": "VP9", "depth": "12"}, "VP9 has no colour depth of 12 bits: choose 8"),
    ({"rate": "BITRATE", "bitrate": 9000, "most_bitrate": 8000}, "Maximum must be at least the bitrate, 9000 kb/s, not 8000"),
])
def test_a_wrong_pair_is_refused_with_a_sentence_that_names_what_goes(values, sentence):
    with pytest.raises(ParallaxError) as said:
        Export.from_dict(values)
    assert str(said.value) == sentence


def test_a_suffix_names_a_container_and_that_its_usual_codec():
    for container, suffix in codecs.SUFFIXES.items():
        if suffix:
            assert codecs.container_of(suffix.upper()) == container
        assert container in codecs.TABLE[codecs.codec_of(container)].containers
    assert codecs.container_of(".txt") is None and codecs.container_of("") is None


def test_editions_are_those_that_are_asked_for_and_never_none():
    assert Export().editions == ("forward",)
    assert Export(forward=False).editions == ("forward",)
    assert Export(forward=False, pingpong=True, reversed=True).editions == ("pingpong", "reversed")
    assert set(EDITIONS) == {"forward", "pingpong", "reversed"}


def test_presets_can_be_written():
    assert len({preset.key for preset in PRESETS}) == len(PRESETS)
    assert {preset.export.suffix for preset in PRESETS} == {".mp4", ".mov", ".mkv"}
    assert next(preset for preset in PRESETS if preset.key == "VERTICAL").export.frame(4000, 3000).height == 1920
