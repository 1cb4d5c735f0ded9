"""What is done with the chosen one of a list in the panel: of effects, sounds, objects."""

from . import view


def chosen(props, of: str):
    """The one that is chosen in a list, or None. of: what one of it is called, such as "effect"."""
    items, number = getattr(props, f"{of}s"), getattr(props, f"active_{of}")
    return items[number] if 0 <= number < len(items) else None


class OfChosen:
    """An operator on the chosen one. of: as in `chosen`. missing: what is said where there is none."""

    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context):
        if chosen(view.subject(context).infinite_parallax, cls.of) is None:
            cls.poll_message_set(cls.missing)
            return False
        return True


class Remove:
    """Takes the chosen one out; the next one is chosen then."""

    def execute(self, context):
        props, active = view.subject(context).infinite_parallax, f"active_{self.of}"
        items, number = getattr(props, f"{self.of}s"), getattr(props, active)
        items.remove(number)
        setattr(props, active, max(0, min(number, len(items) - 1)))
        return {"FINISHED"}


class Move:
    """Changes places with the one before or after. direction: UP or DOWN."""

    def execute(self, context):
        props, active = view.subject(context).infinite_parallax, f"active_{self.of}"
        items, number = getattr(props, f"{self.of}s"), getattr(props, active)
        place = number + (-1 if self.direction == "UP" else 1)
        if not 0 <= place < len(items):
            return {"CANCELLED"}
        items.move(number, place)
        setattr(props, active, place)
        return {"FINISHED"}
