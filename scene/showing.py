"""What the list of layers says of the planes: names, hidden, alone, locked."""

from . import groups, marks, planes, stage

CLEAR = "infinite_parallax_clear"  # on a plane: whether all that it hides is painted


def show(scene) -> None:
    """Has the planes of a scene be as the list of layers says; does nothing where there are none."""
    collection = marks.find(scene.collection.children_recursive, stage.COLLECTION)
    if collection is None:
        return
    props = scene.infinite_parallax
    if not groups.lists_built(props):
        return
    alone = any(item.solo for item in props.layer_items)
    for number, item in enumerate(props.layer_items):
        plane = marks.find(collection.all_objects, planes.role(number))
        if plane is not None:
            _show(plane, item, item.hide or alone and not item.solo)
    for item in props.objects:
        plane = marks.find(collection.all_objects, planes.role_of_object(item.key))
        if plane is not None:
            marks.wish(plane, "name", item.name or "Object")
    for plane in [*filter(planes.is_object, collection.all_objects)]:  # hiding one makes Blender gather them anew
        marks.wish_all(plane, {"hide_viewport": alone, "hide_render": False})


def _show(plane, item, unseen) -> None:
    marks.wish_all(plane, {"name": item.name, "hide_viewport": unseen, "hide_render": item.hide, "hide_select": item.lock})


def remember(collection, settings, result) -> None:
    """Notes which planes may be hidden without a hole: those that were hidden when a job began, and the farthest."""
    for place, layer in enumerate(result.layers):
        plane = marks.find(collection.all_objects, planes.role(layer.index)) if layer.base is None else None
        if plane is not None:
            hidden = settings.content == "REPEAT" and layer.index < len(settings.hidden) and settings.hidden[layer.index] >= 0.5
            plane[CLEAR] = place == 0 or hidden


def bare(scene) -> list[str]:
    """Names of the layers that are hidden though what they hide was not painted."""
    collection = marks.find(scene.collection.children_recursive, stage.COLLECTION)
    props = scene.infinite_parallax
    if collection is None or not groups.lists_built(props):
        return []
    shown = [marks.find(collection.all_objects, planes.role(number)) for number in range(len(props.layer_items))]
    return [item.name for item, plane in zip(props.layer_items, shown) if item.hide and plane and not plane.get(CLEAR)]


def locked(scene, number) -> bool:
    """Whether the artist has locked layer `number` (from 0) in the list."""
    items = scene.infinite_parallax.layer_items
    return number < len(items) and items[number].lock
