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
        column = layout.column(align=True)
        for name in ("box_threshold", "text_threshold"):
            column.prop(props, name)


classes = (INFINITE_PARALLAX_PT_finding,)
