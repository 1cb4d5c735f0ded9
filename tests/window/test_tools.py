"""The tools over the picture in a real window: what is drawn with the mouse is what is set, and what is shown is the picture."""

from pathlib import Path

import pytest

SESSION = Path(__file__).with_name("tools_session.py")
GREYS = 20, 70, 140, 220
NEAR = 0.25  # percent of the picture that a pixel of the window may be


@pytest.fixture(scope="module")
def session(installed, tmp_path_factory):
    """What a session in the window has reported."""
    folder = tmp_path_factory.mktemp("tools")
    picture = folder / "picture.png"
    installed.python(
        "import numpy; from PIL import Image\n"
        f"columns = numpy.repeat(numpy.array({GREYS}, numpy.uint8), 160)\n"
        f"Image.fromarray(numpy.broadcast_to(columns[None, :, None], (400, 640, 3)).copy()).save({str(picture)!r})"
    )
    return installed.window(SESSION, folder, "--enable-event-simulate")


def seen(numbers):
    """What a person sees of the numbers in an editor's overlay, 0 to 255: decoded as sRGB, shown with an exponent of 1 / 2.2."""
    return [255.0 * (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4) ** (1 / 2.2) for v in numbers[:3]]


def near(points):
    return pytest.approx(points, abs=NEAR)


def test_the_session_came_to_its_end(session):
    assert "error" not in session, session["error"]
    assert "Traceback" not in session["output"], session["output"][-3000:]
    assert session["done"][-1] == "overlay"


def test_the_picture_is_shown_in_its_own_colours(session):
    assert [seen(numbers) for numbers in session["picture"]] == [pytest.approx((grey,) * 3, abs=3) for grey in GREYS]


def test_a_dragged_box_is_the_new_object(session):
    (name, shape, box), = session["box"]
    assert name and shape == "BOX"
    assert box == near([20, 30, 60, 80])
    assert session["box ended"]


def test_a_click_alone_is_no_box(session):
    assert session["still there"] == 1


def test_a_box_ends_at_the_pictures_edge_and_can_be_dragged_from_any_corner(session):
    box, = session["changed"]
    assert box == near([50, 0, 90, 90])


def test_a_drawn_box_is_undone(session):
    assert session["undone"] == [near([20, 30, 60, 80])]


def test_a_drawn_line_closes_around_the_object(session):
    shape, lasso = session["lasso"]
    assert shape == "LASSO"
    corners = list(zip(lasso[::2], lasso[1::2]))
    assert 20 <= len(corners) <= 100
    assert all(((x - 50) / 30) ** 2 + ((y - 50) / 20) ** 2 == pytest.approx(1.0, abs=0.05) for x, y in corners)


@pytest.mark.parametrize("way", ["ESC", "RIGHTMOUSE", "editor", "another"])
def test_leaving_takes_the_picture_away_and_changes_nothing(session, way):
    assert session[f"left by {way}"] == [True, True]


def test_a_tool_takes_over_from_another(session):
    assert session["one tool at a time"] == 1


def test_zooming_keeps_what_is_under_the_mouse_and_the_box_right(session):
    factor, strayed = session["zoomed"]
    assert factor > 1.5 and strayed < 1.5
    assert session["box when zoomed"] == near([28, 38, 35, 45])


def test_dragged_borders_are_the_heights(session):
    auto, heights = session["bands"]
    first = session["bands before"][0] + 5
    assert not auto
    row = 100.0 / 400
    assert heights == near([first, row, 100.0 - first - row])


def test_a_stroke_paints_the_mask_over_the_picture(session):
    mode, dirty, owner = session["painting"]
    assert (mode, dirty, owner) == ("PAINT", True, "Layer 2")
    assert session["mask fits"]
    inside, outside = map(seen, session["painted"])
    assert inside[0] > inside[2] + 30, "tinted where it is white"
    assert max(outside) - min(outside) < 6, "and the plain picture elsewhere"


def test_done_painting_keeps_the_mask_and_gives_the_viewport_back(session):
    packed, dirty, (left, stroke, right), closed = session["mask"]
    assert packed and not dirty and closed
    assert (left, stroke, right) == (0.0, 1.0, 0.0)


def test_the_overlay_shows_what_was_split(session):
    red, green, _ = seen(session["overlay"][0])
    assert red > green + 80
    assert session["overlay off"] == "NONE"
