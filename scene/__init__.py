"""What is in the .blend: settings, planes, camera, keyframes, the edit. The only place that knows Blender's versions."""

from . import properties

register, unregister = properties.register, properties.unregister
