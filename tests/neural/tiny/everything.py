"""A folder of models as the extension fetches them, all of them tiny: `python -m tests.neural.tiny.everything FOLDER`.

The detector finds red, green and blue things, the segmenter what is not grey, the depth model takes for near what is bright, the painter
paints at random.
"""

import sys
from pathlib import Path

from engine.neural.store import WHOLE, Store
from tests.neural.tiny import blip, diffusion, dino, midas, sam


def store(folder: Path) -> Store:
    """Writes one model for each role into the store of that folder."""
    models = Store(folder)
    detector, segmenter = dino.seeing_model(size=(0.2, 0.3)), sam.seeing_model()
    dino.save_file(detector, models.place("groundingdino-swint-ogc") / "groundingdino_swint_ogc.pth")
    dino.save_words(detector, models.place("bert-base-uncased"))
    sam.save_file(segmenter, models.place("sam-vit-b-original") / "sam_vit_b_01ec64.pth")
    models.place("midas-small").mkdir(parents=True)
    midas.brightness(models.place("midas-small"))
    diffusion.sd(models.place("sd-inpainting"))
    diffusion.control(models.place("controlnet-depth-sd"))
    diffusion.lora(models.place("lcm-lora-sd") / "pytorch_lora_weights.safetensors")
    blip.blip(models.place("blip-base"))
    for place in models.folder.iterdir():
        (place / WHOLE).write_text("{}")
    return models


if __name__ == "__main__":
    store(Path(sys.argv[1]))
