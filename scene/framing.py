"""The film's size and crop: what of the picture the cameras see, and how large both scenes are rendered."""

from . import edit, engines, marks, rig, stage


def fit(scene) -> None:
    """Has a parallax and its edit be of the size that is set; does nothing where there is none. Raises ParallaxError."""
    collection = marks.find(scene.collection.children_recursive, stage.COLLECTION)
    if collection is None or stage.picture_size(scene) is None:
        return
    frame, size = stage.frame_of(scene), stage.picture_size(scene)
    for one in filter(None, (scene, edit.edit_of(scene))):
        stage.set_size(one, frame)
    camera = marks.find(collection.all_objects, stage.CAMERA)
    if camera is not None:
        stage.aim(camera, frame, size, camera.location[2])
    rig.fit(scene, collection)
    engines.smooth(scene, frame.scale)
