"""One layer in the .blend: an object of quads, a material for each tile."""

import os

import bpy

from . import marks, versions
from .keys import SCALE

ASIDE = "aside "  # before the role of a plane that is put aside
SPACING = 0.1  # Blender units between a layer and the next nearer one


def role(index):
    """How the plane of a layer is marked. index: its place in the panel's list, from 0."""
    return f"layer {index}"


def role_of_object(key):
    """How the plane of a salient object is marked: it is known by its key, as the list of objects and their names change."""
    return f"object {key}"


def role_of(layer):
    """How the plane of a finished job's layer or object is marked."""
    return role(layer.index) if layer.base is None else role_of_object(layer.key)


def put_aside(plane):
    """Hides a plane that nothing was found for: it is shown again when its layer or object is found again."""
    marks.wish_all(plane, {"hide_viewport": True, "hide_render": True})
    marks.mark(plane, ASIDE + marks.role(plane))


def is_plane(block):
    return marks.role(block).startswith(("layer ", "object "))


def is_object(block):
    return marks.role(block).startswith("object ")


def plane(collection, layer, wanted, order):
    """The Blender object of a layer or salient object, made when it is not there.

    wanted: its role. order: its place from the farthest (0).
    """
    found = marks.find(collection.all_objects, wanted) or marks.find(collection.all_objects, ASIDE + wanted)
    if found is None:
        found = bpy.data.objects.new(layer.name, marks.mark(bpy.data.meshes.new(layer.name), "mesh"))
        collection.objects.link(found)
    marks.mark(found, wanted)
    marks.wish_all(found, {"location": (0.0, 0.0, order * SPACING), "visible_shadow": False, "visible_diffuse": False,
                           "visible_glossy": False, "visible_transmission": False, "visible_volume_scatter": False})
    return found


def dress(plane, job, layer):
    """Gives a plane one material for each tile of its layer."""
    materials = plane.data.materials
    while len(materials) > len(layer.tiles):
        _forget(materials.pop())
    for number, tile in enumerate(layer.tiles):
        if number == len(materials):
            materials.append(None)
        if materials[number] is None:
            materials[number] = _material(f"{layer.name} {number + 1}" if len(layer.tiles) > 1 else layer.name)
        _show(materials[number], str(job.tile_path(tile)))


def cover(plane, tiles, quads, size):
    """Makes the plane's mesh of these quads. size: of the frame in pixels; its middle is the object's origin."""
    mesh = plane.data
    vertices, uvs = [], []
    for quad in quads:
        x = [(edge - size[0] / 2) * SCALE for edge in (quad.left, quad.right)]
        y = [(size[1] / 2 - edge) * SCALE for edge in (quad.bottom, quad.top)]
        vertices += [(x[0], y[0], 0.0), (x[1], y[0], 0.0), (x[1], y[1], 0.0), (x[0], y[1], 0.0)]
        uvs += _corners(tiles[quad.tile])
    mesh.clear_geometry()
    mesh.from_pydata(vertices, [], [tuple(range(i, i + 4)) for i in range(0, len(vertices), 4)])
    mesh.polygons.foreach_set("material_index", [quad.tile for quad in quads])
    layer = mesh.uv_layers.active or mesh.uv_layers.new(name="UVMap")
    layer.data.foreach_set("uv", [number for corner in uvs for number in corner])
    mesh.update()


def remove(plane):
    """Takes one of our planes out of the file, with what only it used."""
    mesh = plane.data
    materials = [material for material in mesh.materials if material]
    bpy.data.objects.remove(plane)
    if mesh.users == 0:
        bpy.data.meshes.remove(mesh)
    for material in materials:
        _forget(material)


def _corners(tile):
    """UVs of a tile's corners inside the padding of its image, counter-clockwise from the bottom left."""
    u, v = tile.pad / (tile.width + 2 * tile.pad), tile.pad / (tile.height + 2 * tile.pad)
    return [(u, v), (1 - u, v), (1 - u, 1 - v), (u, 1 - v)]


def _material(name):
    """The picture's colour as light, see-through where the picture is: no lamp and no shadow changes it."""
    material = marks.mark(bpy.data.materials.new(name), "layer")
    tree = versions.use_nodes(material)
    tree.nodes.clear()
    made = {}
    for number, kind in enumerate(("TexImage", "Emission", "BsdfTransparent", "MixShader", "OutputMaterial")):
        made[kind] = tree.nodes.new(f"ShaderNode{kind}")
        made[kind].location = (220 * number, -150 * (number % 2))
    made["TexImage"].extension = "EXTEND"
    made["TexImage"].interpolation = "Linear"
    marks.mark(made["TexImage"], "picture")
    mix = made["MixShader"]  # sockets by place: their names are translated and differ between versions
    tree.links.new(made["TexImage"].outputs[0], made["Emission"].inputs[0])
    tree.links.new(made["TexImage"].outputs[1], mix.inputs[0])
    tree.links.new(made["BsdfTransparent"].outputs[0], mix.inputs[1])
    tree.links.new(made["Emission"].outputs[0], mix.inputs[2])
    tree.links.new(mix.outputs[0], made["OutputMaterial"].inputs[0])
    material.surface_render_method = "BLENDED"
    material.use_transparency_overlap = True
    material.use_backface_culling = False
    if hasattr(material, "cycles"):
        material.cycles.emission_sampling = "NONE"  # the planes light nothing, so Cycles need not sample them as lamps
    return material


def _show(material, path):
    """Shows an image file in a material of ours; an image that the artist put in its place stays."""
    node = marks.find(material.node_tree.nodes, "picture")
    if node is None or (node.image is not None and not marks.role(node.image)):
        return
    if node.image is None:
        node.image = marks.mark(bpy.data.images.load(path), "tile")
        node.image.alpha_mode = "STRAIGHT"
    else:
        node.image.filepath = path
        node.image.reload()
    node.image.filepath = beside_blend(path)


def beside_blend(path, blend=None):
    """A path relative to the .blend, or to where that will be; the path itself where there is none or on another drive."""
    blend = blend or bpy.data.filepath
    if not blend:
        return path
    try:
        return bpy.path.relpath(path, start=os.path.dirname(blend))
    except ValueError:  # another drive on Windows
        return path


def _forget(material):
    """Removes a material of ours that nothing uses any more, and its image."""
    if material is None or material.users or not marks.role(material):
        return
    node = marks.find(material.node_tree.nodes, "picture")
    image = node.image if node else None
    bpy.data.materials.remove(material)
    if image and image.users == 0 and marks.role(image):
        bpy.data.images.remove(image)
