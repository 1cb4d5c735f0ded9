"""How we find again what we made, and how we leave alone what the artist changed since.

Everything we make carries its role in a custom property, so it may be renamed and moved freely. Every value we set on a
data-block of the artist's is remembered beside it as a *wish*: it is set again only when our wish changes.
"""

import json
import re

ROLE = "infinite_parallax_role"
WISHES = "infinite_parallax_wishes"


def mark(block, role):
    """Marks a data-block as ours; `role` says what it is for."""
    block[ROLE] = role
    return block


def role(block):
    return block.get(ROLE, "") if block else ""


def find(blocks, wanted):
    """The first of some data-blocks with this role, or None."""
    return next((block for block in blocks if role(block) == wanted), None)


def wish(block, path, value):
    """Sets a property of a data-block, unless that is what we set last time: what is there now is the artist's choice."""
    target, _, name = path.rpartition(".")
    wish_by(block, path, value, lambda: setattr(block.path_resolve(target) if target else block, name, value))


def wish_by(block, path, value, give):
    """The same for what is set otherwise: by calling `give`. value: a number, a text, or a tuple of those."""
    wishes = json.loads(block.get(WISHES, "{}"))
    plain = json.loads(json.dumps(value))
    if wishes.get(path) == plain:
        return
    give()
    block[WISHES] = json.dumps({**wishes, path: plain})


def wished(block):
    """All wishes of a data-block: path and value, with lists for tuples."""
    return json.loads(block.get(WISHES, "{}"))


def wish_all(block, values):
    for path, value in values.items():
        wish(block, path, value)


def name_again(block):
    """Gives a data-block the name that we wished for where that was taken then, so that Blender put a number behind it."""
    wanted = wished(block).get("name", "")
    if wanted and re.fullmatch(re.escape(wanted) + r"\.\d{3,}", block.name):
        block.name = wanted
