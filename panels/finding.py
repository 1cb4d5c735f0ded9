"""What finds things in the picture by words."""

from ..operators import neural_python
from . import availability, common


class INFINITE_PARALLAX_PT_finding(common.Section):
    bl_label = "Finding"

    def settings(self, context, layout, props):
        if neural_python.python() is None:
            common.sentence(layout, context, "Objects and layers are found by words once the neural engine is set up", "INFO")
            availability.preferences(layout)
        for name in ("detector", "segmenter", "subject_model"):
            availability.model(layout, context, props, name)
        if not props.subject_model:
            availability.bundle(layout, context, "find-subject", "The main subject can be found without the neural engine")
        column = layout.column(align=True)
        column.label(text="Thresholds")
        for name, label in (("box_threshold", "Box"), ("text_threshold", "Word")):
            column.prop(props, name, text=label)


classes = (INFINITE_PARALLAX_PT_finding,)
