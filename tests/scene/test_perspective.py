"""Where planes stand before a camera that travels."""

import pytest

from tests import harness


@pytest.fixture
def made(extension):
    module = harness.part("scene.perspective")

    def made(*movers, perspective=True, travels=True):
        """movers: (distance, travel on x), far to near, or Mover."""
        return module.stands([one if isinstance(one, module.Mover) else module.Mover(one[0], (one[1], 0.0)) for one in movers],
                             perspective, travels)

    return made


def distances(found):
    return [stand.distance for stand in found.stands]


def test_layers_stand_at_their_distances(made):
    found = made((5.0, 20.0), (4.0, 25.0), (2.0, 50.0), (1.0, 100.0))
    assert distances(found) == pytest.approx([5.0, 4.0, 2.0, 1.0])
    assert found.distance == 1.0 and found.travel == (100.0, 0.0)
    assert not any(stand.rides or any(stand.own) for stand in found.stands)


def test_weights_of_speed_are_no_distances(made):
    assert distances(made((1.0, 10.0), (4.0, 40.0), perspective=False)) == pytest.approx([4.0, 1.0])


def test_equal_layers_keep_their_order(made):
    far, middle, near = distances(made((2.0, 50.0), (2.0, 50.0), (2.0, 50.0)))
    assert far > middle > near > 0.9999 * far


def test_what_stands_before_something_faster_does_the_rest_by_itself(made):
    found = made((4.0, -10.0), (2.0, -20.0), (2.0, -5.0), (1.0, -40.0))
    far, _, slow, near = found.stands
    assert far.distance > found.stands[1].distance > slow.distance > near.distance
    by_camera = -40.0 * near.distance / slow.distance
    assert slow.own[0] + by_camera == pytest.approx(-5.0) and not slow.rides
    assert not any(any(stand.own) for stand in (far, found.stands[1], near))


def test_against_the_others_and_not_at_all(made):
    found = made((4.0, 10.0), (2.0, -10.0), (2.0, 0.0), (1.0, 40.0))
    assert distances(found) == sorted(distances(found), reverse=True)
    assert found.stands[1].own[0] < -10.0 and found.stands[2].rides and not found.stands[1].rides
    assert not any(stand.rides or any(stand.own) for stand in made((4.0, 10.0), (2.0, 0.0), (1.0, 40.0), travels=False).stands)


def test_an_object_gives_way_to_layers(made):
    mover = harness.part("scene.perspective").Mover
    found = made((4.0, 10.0), (2.0, 20.0), mover(2.0, (5.0, 0.0), solid=False), mover(2.0, (30.0, 0.0), solid=False),
                 mover(1.0, (0.0, 0.0), solid=False, still=True), (1.0, 40.0))
    assert distances(found)[:2] == pytest.approx([4.0, 2.0]) and distances(found)[-1] == pytest.approx(1.0)
    assert any(found.stands[2].own) and not any(found.stands[3].own) and found.stands[4].rides


def test_nothing_moves_at_all(made):
    found = made((3.0, 0.0), (1.0, 0.0))
    assert distances(found) == sorted(distances(found), reverse=True) and not any(stand.rides for stand in found.stands)
