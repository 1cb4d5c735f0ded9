"""Node groups of ours in materials: put into the links that leave or reach a socket, and taken out again so that these are as before."""

import bpy

from . import marks


def group(role, name, make):
    """The node group of ours with a role, made when it is not there. make: fills the new, empty tree."""
    return marks.find(bpy.data.node_groups, role) or new_group(role, name, make)


def new_group(role, name, make):
    """A new node group of ours, for what another scene's may not share."""
    made = marks.mark(bpy.data.node_groups.new(name, "ShaderNodeTree"), role)
    make(made)
    return made


def find(tree, role):
    """The node of ours with a role in a tree, or None."""
    return marks.find(tree.nodes, role)


def insert_after(tree, output, group, role):
    """Has all that an output feeds come through a group, from its first input to its first output. Returns the group's node."""
    targets = [link.to_socket for link in tree.links if link.from_socket == output]
    node = _node(tree, group, role, output.node, (0, -260))
    for target in targets:  # an input takes one link: the new one replaces the old
        tree.links.new(node.outputs[0], target)
    tree.links.new(output, node.inputs[0])
    return node


def insert_before(tree, target, group, role):
    """Has what an input is given, if anything, come through a group, from its first input to its first output. Returns the group's node."""
    source = next((link.from_socket for link in tree.links if link.to_socket == target), None)
    node = _node(tree, group, role, target.node, (-220, -260))
    if source:
        tree.links.new(source, node.inputs[0])
    tree.links.new(node.outputs[0], target)
    return node


def take_out(tree, node):
    """Takes a node out; what it was fed then feeds what it fed. Its group goes with the last node that shows it, if it is ours."""
    source = next((link.from_socket for link in tree.links if link.to_socket == node.inputs[0]), None)
    targets = [link.to_socket for link in tree.links if link.from_socket == node.outputs[0]]
    group = node.node_tree
    tree.nodes.remove(node)
    if source:
        for target in targets:
            tree.links.new(source, target)
    if group and group.users == 0 and marks.role(group):
        bpy.data.node_groups.remove(group)


def _node(tree, group, role, beside, offset):
    node = marks.mark(tree.nodes.new("ShaderNodeGroup"), role)
    node.node_tree, node.label = group, group.name
    node.location = beside.location[0] + offset[0], beside.location[1] + offset[1]
    return node
