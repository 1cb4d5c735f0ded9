"""Layers move at the speeds that the two laws and the artist give them, at every angle, and loops close exactly."""

import math

import pytest

from engine import motion
from engine.errors import ParallaxError
from engine.settings import Settings
from tests.engine.scenes import ANGLES

WIDE = 1600, 900


def plan(size=WIDE, periods=None, **values):
    return motion.plan(Settings.from_dict(values), *size, periods)


def test_perspective_speed_is_proportional_to_one_over_distance():
    settings = Settings.from_dict({"layers": 3, "distances": [4, 2, 1]})  # mean of 1/4, 1/2, 1 is 7/12; travel is 1000/10
    assert motion.speeds(settings, 1600) == pytest.approx((300 / 7, 600 / 7, 1200 / 7))


def test_direct_speed_is_the_share_of_the_sum():
    settings = Settings.from_dict({"layers": 3, "distances": [1, 2, 5], "law": "DIRECT", "smoothness": 20})
    assert motion.speeds(settings, 1600) == pytest.approx((50 / 8, 50 * 2 / 8, 50 * 5 / 8))


@pytest.mark.parametrize("layers", [1, 2, 3, 8, 32])
def test_another_layer_does_not_change_the_mean_speed_of_perspective(layers):
    speeds = motion.speeds(Settings.from_dict({"layers": layers}), 1600)
    assert sum(speeds) / layers == pytest.approx(100.0)


@pytest.mark.parametrize("width", [100, 800, 4000])
def test_motion_in_frame_widths_is_the_same_for_every_size_of_picture(width):
    speeds, wide = motion.speeds(Settings(), width), motion.speeds(Settings(), 1600)
    assert [x / width for x in speeds] == pytest.approx([x / 1600 for x in wide])


def test_only_the_ratios_of_distances_matter():
    near, far = (motion.speeds(Settings.from_dict({"layers": 2, "distances": d}), 1600) for d in ([3, 1], [3e-5, 1e-5]))
    assert near == pytest.approx(far)


def test_a_speed_typed_for_a_layer_wins():
    planned = plan(layers=3, distances=[4, 2, 1], speeds=[None, 12.5, 0], seconds_per_step=3.0, loop=False, direction=0)
    assert planned.pixels_per_second(0) == pytest.approx(300 / 7 / 3)
    assert planned.pixels_per_second(1) == pytest.approx(12.5)
    assert planned.velocities[2] == (0.0, 0.0)


def test_a_negative_speed_goes_the_other_way():
    for loop in (True, False):
        planned = plan(layers=2, speeds=[-30, 30], direction=0, loop=loop)
        assert planned.velocities[0][0] < 0 < planned.velocities[1][0]
        assert planned.velocities[0][0] == pytest.approx(-planned.velocities[1][0], rel=0.01)


@pytest.mark.parametrize(("angle", "vector"), [(0, (1, 0)), (90, (0, -1)), (180, (-1, 0)), (270, (0, 1)), (-90, (0, 1)), (450, (0, -1)),
                                               (-180, (-1, 0)), (720, (1, 0)), (36090, (0, -1))])
def test_the_axes_are_exact(angle, vector):
    assert motion.unit(angle) == vector


@pytest.mark.parametrize("angle", [*ANGLES, 1e5, -12.3])
def test_content_moves_in_the_direction(angle):
    x, y = motion.unit(angle)
    assert math.hypot(x, y) == pytest.approx(1.0)
    assert math.degrees(math.atan2(-y, x)) % 360 == pytest.approx(angle % 360, abs=1e-6)
    for vx, vy in plan(direction=angle, loop=False, layers=2).velocities:
        assert math.degrees(math.atan2(-vy, vx)) % 360 == pytest.approx(angle % 360, abs=1e-6)


@pytest.mark.parametrize("loop", [True, False])
def test_the_frame_rate_changes_the_sampling_and_not_the_speed(loop):
    slow, fast = (plan(fps=fps, loop=loop, length="DURATION", duration=60) for fps in (12, 48))
    assert fast.frames == 4 * slow.frames
    for i in range(5):
        assert fast.pixels_per_second(i) == pytest.approx(slow.pixels_per_second(i))
        assert fast.offset(i, 1 + 4 * 7) == pytest.approx(slow.offset(i, 1 + 7))


def test_seconds_per_step_stretches_time():
    one, three = (plan(seconds_per_step=s, loop=False) for s in (1.0, 3.0))
    assert three.seconds == pytest.approx(3 * one.seconds, abs=3 / 24)
    assert three.velocities == one.velocities
    assert three.pixels_per_second(0) == pytest.approx(one.pixels_per_second(0) / 3)


def test_more_smoothness_is_slower():
    assert motion.speeds(Settings.from_dict({"smoothness": 20}), 1600) == pytest.approx([x / 2 for x in motion.speeds(Settings(), 1600)])


def test_the_first_frame_is_the_picture_itself():
    assert plan().offset(3, 1) == (0.0, 0.0)


def test_length_in_steps():
    planned = plan(length="STEPS", steps=7, loop=False, fps=10, seconds_per_step=2.0)
    assert (planned.frames, planned.steps, planned.seconds) == (140, 7.0, 14.0)


def test_length_in_seconds():
    planned = plan(length="DURATION", duration=12.5, loop=False, fps=24)
    assert (planned.frames, planned.seconds) == (300, 12.5)
    assert plan(length="DURATION", duration=0.04, loop=False, fps=1).frames == 1


@pytest.mark.parametrize("angle", ANGLES)
@pytest.mark.parametrize("content", ["REPEAT", "FRESH"])
def test_length_until_the_slowest_layer_has_crossed(angle, content):
    planned = plan(direction=angle, loop=False, content=content)
    x, y = planned.offset(0, 1 + planned.frames)  # the top layer is the slowest
    before = planned.offset(0, planned.frames - 1)
    for axis, (moved, almost) in enumerate(zip((x, y), before)):
        assert moved == 0 or abs(moved) >= WIDE[axis] - 1e-6
        assert abs(almost) <= abs(moved)
    crossed = [abs(a) >= n * 1.2 for a, n in zip(before, WIDE) if a]
    assert not crossed or not all(crossed)  # and not for much longer


def test_a_crossing_needs_a_layer_that_moves():
    with pytest.raises(ParallaxError, match="move"):
        plan(layers=2, speeds=[0, 0])
    assert plan(layers=2, speeds=[0, 0], length="STEPS", steps=3, loop=False).velocities == ((0.0, 0.0), (0.0, 0.0))
    still = plan(layers=2, speeds=[0, 0], length="DURATION", duration=2.0)
    assert still.frames == 48 and still.periods == ((0, 0), (0, 0))


def whole_turns(planned):
    """Asserts that every layer travels whole periods on every axis on which it moves."""
    for velocity, period in zip(planned.velocities, planned.periods):
        for v, p in zip(velocity, period):
            if v:
                turns = abs(v) * planned.steps / p
                assert turns >= 0.999 and abs(turns - round(turns)) < 1e-9
            else:
                assert p == 0


@pytest.mark.parametrize("angle", ANGLES)
@pytest.mark.parametrize("size", [(1600, 900), (321, 193), (200, 331), (12000, 800)])
def test_in_a_loop_every_layer_travels_whole_periods_longer_than_the_frame(angle, size):
    planned = plan(size, direction=angle)
    whole_turns(planned)
    for period in planned.periods:
        for p, n in zip(period, size):
            assert isinstance(p, int)
            assert p == 0 or p >= n + motion.join(n)


@pytest.mark.parametrize("angle", ANGLES)
def test_closing_a_loop_hardly_changes_a_speed_or_a_direction(angle):
    settings = Settings.from_dict({"direction": angle})
    planned = motion.plan(settings, *WIDE)
    ux, uy = motion.unit(angle)
    for (x, y), ideal in zip(planned.velocities, motion.speeds(settings, WIDE[0])):
        assert math.hypot(x - ideal * ux, y - ideal * uy) < 0.001 * ideal


def test_a_loop_keeps_the_duration_asked_for_and_says_when_that_makes_it_faster():
    long = plan(length="DURATION", duration=90.0)
    assert long.seconds == 90.0 and long.notes == ()
    short = plan(length="DURATION", duration=5.0)
    assert short.seconds == 5.0
    assert len(short.notes) == 1 and "5.0 s" in short.notes[0] and "faster" in short.notes[0]
    whole_turns(short)
    whole_turns(long)


def test_more_frames_than_a_timeline_holds_are_refused():
    with pytest.raises(ParallaxError, match="frames"):
        plan(length="DURATION", duration=86400, loop=False)
    with pytest.raises(ParallaxError, match="frames"):
        plan(speeds=[0.001, 9, 9, 9, 9])


@pytest.mark.parametrize("angle", ANGLES)
def test_a_changed_motion_is_fitted_to_canvases_that_exist(angle):
    before = plan(direction=angle)
    after = plan(direction=angle, periods=before.periods, distances=[9, 5, 3, 2, 1], seconds_per_step=0.5)
    assert after.periods == before.periods
    whole_turns(after)


def test_canvases_are_kept_when_the_motion_turns_round():
    before = plan(direction=0)
    after = plan(direction=180, periods=before.periods)
    assert after.periods == before.periods
    assert after.velocities[2][0] == pytest.approx(-before.velocities[2][0])
    opened = plan(direction=180, periods=before.periods, loop=False)
    assert opened.periods == before.periods


def test_fitting_to_canvases_says_what_it_had_to_change():
    before = plan(layers=2, distances=[2, 1], length="DURATION", duration=60)
    after = plan(layers=2, distances=[1.4, 1], length="DURATION", duration=60, periods=before.periods)
    assert any("%" in note for note in after.notes)


def test_a_layer_that_stands_still_in_a_loop_has_no_period():
    planned = plan(layers=3, speeds=[0, None, None])
    assert planned.velocities[0] == (0.0, 0.0) and planned.periods[0] == (0, 0)
    whole_turns(planned)


def test_what_grows_with_the_motion_repeats_nowhere_whatever_was_painted_before():
    before = ((1600, 0),) * 3
    settings = Settings.from_dict({"layers": 3, "content": "FRESH", "seams": "PAINT", "loop": False, "length": "STEPS", "steps": 2})
    assert motion.plan(settings, *WIDE, before, extend=True).periods == ((0, 0),) * 3
    assert motion.plan(settings, *WIDE, before).periods == before  # until it is painted anew


def test_without_a_loop_speeds_are_exactly_those_set():
    settings = Settings.from_dict({"direction": 37, "loop": False})
    ux, uy = motion.unit(37)
    assert motion.plan(settings, *WIDE).velocities == tuple((s * ux, s * uy) for s in motion.speeds(settings, 1600))


def test_far_to_near_follows_the_law():
    settings = {"layers": 4, "distances": [1, 5, 5, 2]}
    assert motion.far_to_near(Settings.from_dict(settings)) == (1, 2, 3, 0)
    assert motion.far_to_near(Settings.from_dict({**settings, "law": "DIRECT"})) == (0, 3, 1, 2)


@pytest.mark.parametrize("angle", [0.0, 37.0, 270.0])
def test_a_plan_survives_its_dictionary(angle):
    planned = plan(direction=angle, length="DURATION", duration=5.0)
    assert motion.Motion.from_dict(planned.to_dict()) == planned


def with_objects(*objects, periods=None, **values):
    attached = tuple(motion.Attached(base, kind, factor) for base, kind, factor in objects)
    return motion.plan(Settings.from_dict(values), *WIDE, periods, attached)


@pytest.mark.parametrize("angle", ANGLES)
@pytest.mark.parametrize("loop", [True, False])
def test_objects_never_change_the_length_and_move_as_they_are_told(angle, loop):
    alone = plan(direction=angle, loop=loop)
    found = with_objects((1, "LAYER", 3.0), (2, "STILL", 3.0), (0, "FACTOR", -2.0), direction=angle, loop=loop)
    assert found.frames == alone.frames and found.velocities[:5] == alone.velocities
    assert found.velocities[5] == alone.velocities[1] and found.periods[5] == alone.periods[1]
    assert found.velocities[6] == (0.0, 0.0) and found.periods[6] == (0, 0)
    assert found.velocities[7] == pytest.approx([-2.0 * v for v in alone.velocities[0]], rel=0.1 if loop else 1e-9)


def test_a_slow_object_still_closes_the_loop_and_that_is_said():
    found = with_objects((4, "FACTOR", 0.01))
    travel = abs(found.velocities[5][0]) * found.steps
    assert travel == pytest.approx(found.periods[5][0]) and found.periods[5][0] >= 1600 + motion.join(1600)
    assert "instead of 0.01" in found.notes[-1]


def test_an_object_may_move_otherwise_on_canvases_that_exist():
    before = with_objects((1, "STILL", 1.0))
    after = with_objects((1, "LAYER", 1.0), periods=before.periods)
    assert after.velocities[5] == after.velocities[1] and after.periods[5] == after.periods[1] != (0, 0)


EASED = {"ease_in": 1.3, "ease_out": 2.1, "hold_in": 0.7, "hold_out": 0.4}
BENDS = {"bend": [0, 180, 100, 240], "corner": [50, 0, 50, 90], "one": [50, 37], "bends back": [0, 170, 100, 190],
         "circle and on": [0, 10, 50, 370]}


@pytest.mark.parametrize("angle", ANGLES)
@pytest.mark.parametrize("loop", [True, False])
def test_a_straight_motion_is_speed_times_time_to_the_bit(angle, loop):
    planned = plan(direction=angle, loop=loop, fps=23.976, seconds_per_step=1.7)
    for frame in (1, 2, 3.7, 100, planned.frames, planned.frames + 1):
        t = (frame - 1) / (23.976 * 1.7)
        assert all(planned.offset(i, frame) == (x * t, y * t) for i, (x, y) in enumerate(planned.velocities))
    assert planned.path(0) == ((0.0, 0.0), planned.at(0, planned.end))


@pytest.mark.parametrize("fps", [24.0, 23.976, 7.3])
@pytest.mark.parametrize("values", [{"direction": 213.7}, *({"turns": turns} for turns in BENDS.values())], ids=["straight", *BENDS])
def test_a_loop_closes_with_all_that_changes_its_course(values, fps):
    """Whole periods on every axis on which there is a way, also backwards and from a later start."""
    planned = plan(**values, **EASED, fps=fps, start=3.3, layers=3, factors=[1.0, -0.5, 2.0], length="DURATION", duration=200.0)
    for layer, period in enumerate(planned.periods):
        begin, end = planned.offset(layer, 1), planned.offset(layer, planned.frames + 1)
        for a, b, p, v in zip(begin, end, period, planned.velocities[layer]):
            assert bool(p) == bool(v)
            assert not p or abs((b - a) / p - round((b - a) / p)) < 1e-9
        assert any(abs(b - a) > 0.999 * p > 0 for a, b, p in zip(begin, end, period))
        if "turns" in values:  # a negative factor is the same way backwards
            assert all(math.copysign(1.0, v) == (-1.0 if layer == 1 else 1.0) for v in planned.velocities[layer] if v)
        assert begin == planned.at(layer, 3.3)


@pytest.mark.parametrize("values", [{"direction": 37.0}, {"turns": BENDS["bend"]}, {"turns": [0, 0, 100, 360], "loop": False}], ids=str)
def test_eased_motion_is_held_gets_up_to_speed_evenly_and_never_beyond_it(values):
    planned = plan(**values, **EASED, length="DURATION", duration=60.0, layers=2, fps=10.0, speeds=[-40, 90])
    step, last = 0.01, planned.frames + 1
    frames = [1 + step * n for n in range(round((last - 1) / step) + 1)]
    speed = [(planned.time(b) - planned.time(a)) / step * planned.frames_per_step for a, b in zip(frames, frames[1:])]
    assert planned.time(1) == 0.0 and planned.time(last) == pytest.approx(planned.steps)
    assert max(speed) == pytest.approx(1.0) and min(speed) >= -1e-9
    assert max(abs(a - b) for a, b in zip(speed, speed[1:])) < 1.1 * step / min(x for x in planned.ease if x)
    assert planned.time(1 + planned.hold[0]) == 0.0 and planned.time(last - planned.hold[1]) == pytest.approx(planned.steps)
    assert planned.time(1 + planned.hold[0] + 1) > 0.0 and planned.time(last - planned.hold[1] - 1) < planned.steps - 1e-9
    for frame in (8.0, 20.5, 300.0, 590.0):  # of the layers on screen
        moved = math.dist(planned.offset(1, frame), planned.offset(1, frame + step)) / step * 10.0
        assert moved <= planned.pixels_per_second(1) * (1 + 1e-6)


@pytest.mark.parametrize("turns", BENDS.values(), ids=BENDS)
def test_a_layer_is_where_adding_up_its_velocity_leads(turns):
    planned = plan(turns=turns, **EASED, start=2.0, loop=False, length="DURATION", duration=20.0, layers=2, fps=12.0)
    frames, x, y, count = planned.frames, 0.0, 0.0, 20000
    for n in range(count):
        a, b = (planned.time(1 + frames * (n + part) / count) for part in (0.0, 1.0))
        ux, uy = planned.heading((a + b) / 2)
        x, y = x + ux * (b - a) * planned.velocities[1][0], y + uy * (b - a) * planned.velocities[1][1]
    begin, end = planned.offset(1, 1), planned.offset(1, frames + 1)
    # a small step is up to 0.14 pixels long, and may lie across a corner or where the way begins again
    assert (x, y) == pytest.approx((end[0] - begin[0], end[1] - begin[1]), abs=0.28)


@pytest.mark.parametrize("turns", [*BENDS.values(), [0, 0, 100, 3600], [50, 0, 50.1, 180]], ids=str)
def test_the_path_s_lines_are_within_a_pixel_of_every_frame(turns):
    planned = plan(turns=turns, start=7.0, loop=False, length="DURATION", duration=17.0, layers=3)
    for layer in (0, 2):
        path = planned.path(layer)
        assert path[0] == (0.0, 0.0) and path[-1] == planned.at(layer, planned.end)
        corners = [planned.steps * share / 100 for share in (*turns[::2], sum(turns[::2]) / (len(turns) // 2))]
        for t in (*(planned.end * n / 40 for n in range(41)), *corners):
            assert min(distance(planned.at(layer, t), *ends) for ends in zip(path, path[1:])) < 1.0


def distance(point, begin, end):
    length = math.dist(begin, end)
    if not length:
        return math.dist(point, begin)
    along = sum((p - a) * (b - a) for p, a, b in zip(point, begin, end)) / length**2
    return math.dist(point, [a + (b - a) * min(max(along, 0.0), 1.0) for a, b in zip(begin, end)])


def test_a_way_may_come_back_and_then_it_has_no_crossing():
    with pytest.raises(ParallaxError, match="comes back"):
        plan(turns=[0, 0, 100, 360])
    planned = plan(turns=[0, 0, 100, 360], length="DURATION", duration=9.0)
    assert planned.notes == () and planned.periods == ((1600 + motion.join(1600), 900 + motion.join(900)),) * 5
    assert planned.offset(2, planned.frames + 1) == pytest.approx((0.0, 0.0), abs=1e-6)
    assert planned.offset(2, 1 + planned.frames / 2)[1] < -10.0  # it has been up there


def test_a_bend_too_narrow_to_be_seen_by_looking_is_planned_all_the_same():
    planned = plan(turns=[50, 0, 50.1, 180], length="STEPS", steps=9, loop=False)
    assert all(x and y for x, y in planned.velocities)
    assert plan(turns=[40, 20, 40.1, 200], length="DURATION", duration=900).frames == 21600


@pytest.mark.parametrize(("values", "sentence"), [
    ({"length": "STEPS", "steps": 1, "ease_in": 3.0}, "Easing and holding"),
    ({"length": "DURATION", "duration": 5.0, "hold_in": 3.0, "hold_out": 3.0}, "Easing and holding"),
    ({"length": "DURATION", "duration": 5.0, "ease_in": 3.0, "ease_out": 2.5, "loop": False}, "Easing and holding"),
    ({"ease_in": 3600.0}, "Easing and holding"),
])
def test_easing_longer_than_the_motion_is_refused(values, sentence):
    with pytest.raises(ParallaxError, match=sentence):
        plan(**values)


def test_all_of_a_film_may_be_easing():
    planned = plan(length="DURATION", duration=5.0, ease_in=3.0, ease_out=2.0, loop=False)
    assert [how for _, _, how in planned.clock()] == ["IN", "OUT", "HOLD"]
    assert planned.steps == pytest.approx(2.5) and planned.time(1 + 72) == pytest.approx(1.5)


def test_a_result_of_before_there_were_turns_is_read():
    planned = plan(direction=37)
    old = {name: value for name, value in planned.to_dict().items() if name not in ("hold", "ease", "start", "turns")}
    assert motion.Motion.from_dict(old) == planned


def test_factors_multiply_speeds():
    one, other = (motion.speeds(Settings.from_dict({"layers": 2, **values}), 1600) for values in ({}, {"factors": [-2.0, 0.0]}))
    assert other == (-2.0 * one[0], 0.0)
    assert plan(layers=2, factors=[0.0, 1.0]).velocities[0] == (0.0, 0.0)


def test_what_had_to_change_is_said_of_the_axis_on_which_it_changed_most():
    before = plan(layers=1, direction=45, length="DURATION", duration=30)
    kept = ((before.periods[0][0], before.periods[0][1] * 3 // 2),)
    after = plan(layers=1, turns=[0, 40, 100, 50], length="DURATION", duration=30, periods=kept)
    worst = max(abs(v / motion.speeds(Settings.from_dict({"layers": 1}), 1600)[0] - 1) for v in after.velocities[0])
    assert worst > 0.1 and f"{worst:.0%}" in after.notes[-1]
