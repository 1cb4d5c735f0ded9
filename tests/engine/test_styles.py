"""Styles: what they set, what overrides them, and which one suits a picture."""

import numpy as np
import pytest

from engine import motion
from engine.canvas.walk import Walk
from engine.settings import STYLES, Settings
from engine.style import presets, suggestion

NAMES = [name for name, _, _ in STYLES if name not in (presets.AUTO, presets.CUSTOM)]
SIZE = 1600, 949
DISTANCES = [8.0, 4.0, 2.0, 1.0]


def styled(name, **values):
    return Settings.from_dict({"style": name, "layers": len(DISTANCES), "distances": DISTANCES, **values})


def planned(name, **values):
    return motion.plan(styled(name, **values), *SIZE)


def farthest(plan, layer, frames=97):
    """The largest displacement of a layer at any moment, in pixels."""
    places = [plan.offset(layer, 1.0 + plan.frames * i / (frames - 1)) for i in range(frames)]
    return max(np.hypot(*place) for place in places)


@pytest.mark.parametrize("name", NAMES)
def test_a_style_sets_its_values_and_what_is_given_beside_it_wins(name):
    settings = styled(name)
    assert presets.fits(name, settings.to_dict())
    other = styled(name, duration=5.0, seconds_per_step=2.0)
    assert (other.duration, other.seconds_per_step) == (5.0, 2.0)
    assert not presets.fits(name, other.to_dict())
    assert Settings.from_dict(other.to_dict()) == other


def test_what_is_given_beside_an_automatic_style_stays_when_the_style_is_chosen():
    settings = Settings.from_dict({"duration": 5.0, "direction": 90.0})
    assert settings.style == presets.AUTO
    chosen = settings.styled("SWAY")
    assert (chosen.duration, chosen.direction, chosen.path, chosen.travel) == (5.0, 90.0, "SWAY", 4.0)
    assert Settings.from_dict(settings.to_dict()).styled("SWAY") == chosen
    assert Settings().styled("SWAY").duration == 8.0


def test_an_open_film_has_no_style():
    settings = Settings.from_dict({"content": "FRESH", "loop": False})
    assert settings.style == presets.CUSTOM
    assert Settings.from_dict({**settings.to_dict(), "style": presets.AUTO}) == settings


@pytest.mark.parametrize("direction", [0.0, 37.0, 90.0, 180.0, 270.0])
def test_a_sway_goes_to_both_sides_in_proportion_to_the_speeds(direction):
    plan = planned("SWAY", direction=direction)
    assert plan.loop and plan.seconds == 8.0
    assert plan.offset(3, 1) == (0.0, 0.0) and np.allclose(plan.offset(3, plan.frames + 1), 0.0, atol=1e-9)
    one, other = (np.array(plan.offset(3, 1 + plan.frames * share)) for share in (0.25, 0.75))
    assert np.allclose(one, -other) and np.hypot(*(one - other)) == pytest.approx(0.04 * SIZE[0])
    for layer, distance in enumerate(DISTANCES):
        assert farthest(plan, layer) == pytest.approx(0.02 * SIZE[0] / distance)
    steps = [np.hypot(*np.subtract(plan.offset(3, f + 1), plan.offset(3, f))) for f in (1, plan.frames // 4, 3 * plan.frames // 4)]
    assert steps[1] < 0.1 * steps[0] and steps[2] < 0.1 * steps[0]  # at rest on both sides
    smooth = np.diff([plan.offset(3, f) for f in (*range(1, plan.frames + 2), 2)], 2, axis=0)
    assert np.hypot(*smooth.T).max() < 0.02 * SIZE[0] * (2.0 * np.pi / plan.frames) ** 2 * 1.01  # no jerk where it begins again
    across = np.array(motion.unit(direction))[::-1] * (1, -1)
    assert abs(np.dot(plan.offset(3, 40), across)) < 1e-9


@pytest.mark.parametrize("name", ["SWAY", "ORBIT", "PUSH_IN", "PAN", "RISE"])
def test_margins_hold_all_that_a_style_shows(name):
    plan = planned(name)
    assert 6.0 <= plan.seconds <= 12.0
    assert all(period == (0, 0) for period in plan.periods)
    for layer, (left, top, right, bottom) in enumerate(plan.margins):
        places = np.array([plan.offset(layer, frame) for frame in range(1, plan.frames + 2)])
        assert places[:, 0].max() <= left and -places[:, 0].min() <= right
        assert places[:, 1].max() <= top and -places[:, 1].min() <= bottom
        assert left + right < 0.25 * SIZE[0] and top + bottom < 0.25 * SIZE[0]


def test_a_scroll_is_an_endless_loop_with_speeds_that_stay_near_each_other():
    plan = planned("SCROLL")
    speeds = [plan.pixels_per_second(layer) for layer in range(len(DISTANCES))]
    assert plan.loop and not plan.margins and all(x > SIZE[0] for x, _ in plan.periods)
    assert speeds == sorted(speeds) and speeds[-1] / speeds[0] == pytest.approx(3.0, rel=0.05)
    for velocity, period in zip(plan.velocities, plan.periods):
        rounds = abs(velocity[0]) * plan.steps / period[0]
        assert rounds == pytest.approx(round(rounds), abs=1e-6)


def test_a_limit_on_speeds_keeps_their_order_and_mean():
    free, limited = (motion.speeds(styled("CUSTOM", speed_range=limit), 1600) for limit in (0.0, 2.0))
    assert sum(free) == pytest.approx(sum(limited))
    assert list(limited) == sorted(limited) and limited[-1] / limited[0] == pytest.approx(2.0)


def test_a_typed_speed_is_not_scaled_to_a_travel():
    plan = planned("SWAY", speeds=[None, None, 3.0, None])
    assert plan.velocities[2] == pytest.approx((-3.0, 0.0))
    assert farthest(plan, 3) == pytest.approx(0.02 * SIZE[0])


def test_canvases_that_exist_carry_every_motion_within_their_margins():
    old = planned("SWAY")
    kept = motion.plan(styled("SWAY", travel=2.0), *SIZE, old.periods, margins=old.margins)
    assert kept.margins == old.margins
    with pytest.raises(motion.ParallaxError, match="not painted"):
        motion.plan(styled("SWAY", travel=6.0), *SIZE, old.periods, margins=old.margins)
    with pytest.raises(motion.ParallaxError, match="not painted"):
        motion.plan(styled("SCROLL"), *SIZE, old.periods, margins=old.margins)
    scroll = planned("SCROLL")
    assert motion.plan(styled("SWAY"), *SIZE, scroll.periods, margins=scroll.margins).periods == scroll.periods


def test_a_motion_within_margins_survives_its_file():
    plan = planned("RISE")
    assert motion.Motion.from_dict(plan.to_dict()) == plan


# -- which style suits a picture -----------------------------------------------------------------------------------------


def landscape(width=300, height=200):
    labels = np.zeros((height, width), np.uint8)
    labels[90:] = 1
    labels[150:] = 2
    return labels


def ways(*visible, mirrored=0.0):
    """How layers close with seams of the given visibility."""
    return [Walk(300, 75, visibility=one, mirrored=mirrored) for one in visible]


def test_a_landscape_whose_ends_meet_scrolls():
    found = suggestion.suggested(landscape(), [], ways(0.3, 0.4, 0.2))
    assert found.style == "SCROLL" and found.reason


def test_a_landscape_whose_ends_do_not_meet_sways():
    assert suggestion.suggested(landscape(), [], ways(0.3, 1.6, 0.2)).style == "SWAY"


def test_a_landscape_that_would_be_a_kaleidoscope_sways():
    assert suggestion.suggested(landscape(), [], ways(0.3, mirrored=0.1)).style == "SCROLL"
    assert suggestion.suggested(landscape(), [], ways(0.3, mirrored=0.3)).style == "SWAY"


def test_a_person_before_a_landscape_sways():
    labels = landscape()
    labels[40:, 110:190] = 2
    assert suggestion.suggested(labels, [], ways(0.0)).style == "SWAY"


def test_a_tower_far_away_does_not_keep_a_landscape_from_scrolling():
    labels = landscape()
    labels[20:90, 140:150] = 1
    assert suggestion.suggested(labels, [], ways(0.0)).style == "SCROLL"


def test_a_subject_that_was_lifted_out_sways_and_a_small_one_does_not():
    alpha = np.zeros((200, 300), np.uint8)
    alpha[60:180, 100:200] = 255
    assert suggestion.suggested(landscape(), [alpha], ways(0.0)).style == "SWAY"
    alpha[:] = 0
    alpha[100:110, 100:110] = 255
    assert suggestion.suggested(landscape(), [alpha], ways(0.0)).style == "SCROLL"


def test_a_room_without_ground_and_backdrop_across_sways():
    labels = np.zeros((200, 300), np.uint8)
    labels[:, 150:] = 1
    assert suggestion.suggested(labels, [], ways(0.0)).style == "SWAY"


def test_how_layers_close_is_found_out_only_where_a_scroll_is_possible():
    asked = []
    closings = (asked.append(one) or one for one in ways(0.0, 0.0))
    labels = landscape()
    labels[40:, 110:190] = 2
    assert suggestion.suggested(labels, [], closings).style == "SWAY" and not asked
    assert suggestion.suggested(landscape(), [], closings).style == "SCROLL" and len(asked) == 2


def test_a_picture_of_one_layer_is_pushed_into():
    assert suggestion.suggested(np.zeros((200, 300), np.uint8), [], ways(0.0)).style == "PUSH_IN"
