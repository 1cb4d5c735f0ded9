"""The film's size and crop: what of the picture the cameras see, and how large both scenes are rendered."""

from . import edit, engines, marks, rig, stage

followers = []  # called with a scene once its camera has come to see something else


def fit(scene) -> None:
    """Has a parallax and its edit be of the size that is set; does nothing where there is none. Raises ParallaxError."""
    collection = marks.find(scene.collection.children_recursive, stage.COLLECTION)
    if collection is None or stage.picture_size(scene) is None:
        return
    frame, size = stage.frame_of(scene), stage.picture_size(scene)
    before = _seen(scene)
    for one in filter(None, (scene, edit.edit_of(scene))):
        stage.set_size(one, frame)
    camera = marks.find(collection.all_objects, stage.CAMERA)
    if camera is not None:
        stage.aim(camera, frame, size, camera.location[2])
    rig.fit(scene, collection)
    engines.smooth(scene, frame.scale)
    if _seen(scene) != before:
        for follow in followers:
            follow(scene)


def _seen(scene) -> tuple:
    """Differs where size or crop do."""
    camera = marks.find(scene.objects, stage.CAMERA)
    return scene.render.resolution_x, scene.render.resolution_y, *((camera.data.ortho_scale, *camera.location) if camera else ())
