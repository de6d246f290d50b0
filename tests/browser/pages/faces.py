"""Photos of operators: friendly faces, drawn."""

import io
from dataclasses import dataclass

from PIL import Image, ImageDraw

SIDE = 512
INK = "#2b2320"


@dataclass(frozen=True)
class Face:
    """How somebody looks."""

    ground: str
    skin: str
    hair: str
    shirt: str
    is_hair_long: bool = False
    has_glasses: bool = False
    has_beard: bool = False


def draw(face: Face) -> bytes:
    """The picture as PNG."""
    image = Image.new("RGB", (SIDE, SIDE), face.ground)
    pen = ImageDraw.Draw(image)
    if face.is_hair_long:
        pen.rounded_rectangle((128, 96, 384, 420), 128, fill=face.hair)
    pen.ellipse((56, 384, 456, 760), fill=face.shirt)
    pen.rounded_rectangle((216, 320, 296, 430), 40, fill=face.skin)
    pen.ellipse((146, 110, 366, 380), fill=face.skin)
    pen.chord((136, 84, 376, 330), 180, 360, fill=face.hair)
    pen.ellipse((150, 176, 362, 246), fill=face.skin)
    if face.has_beard:
        pen.chord((150, 190, 362, 384), 20, 160, fill=face.hair)
        pen.ellipse((206, 292, 306, 340), fill=face.skin)
    for x in (208, 304):
        pen.ellipse((x - 11, 229, x + 11, 255), fill=INK)
        if face.has_glasses:
            pen.ellipse((x - 38, 206, x + 38, 282), outline=INK, width=7)
    if face.has_glasses:
        pen.line((246, 242, 266, 242), fill=INK, width=7)
    pen.arc((212, 256, 300, 326), 25, 155, fill=INK, width=8)
    packed = io.BytesIO()
    image.resize((SIDE // 2, SIDE // 2), Image.Resampling.LANCZOS).save(packed, "PNG")
    return packed.getvalue()
