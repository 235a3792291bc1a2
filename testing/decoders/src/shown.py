# Opens pictures with Pillow, and says how alike they are to what guard showed of them. Stdin: [[safe PNG or null, file], …];
# stdout: [{file, format, ssim}, …] of what was opened.
import json, resource, signal, sys
import numpy
from PIL import Image, ImageOps

resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
LARGEST = 4_000_000


def late(*_):
    raise TimeoutError


signal.signal(signal.SIGALRM, late)


def pixels(picture):
    picture = ImageOps.exif_transpose(picture).convert("RGBA")
    # What is see-through is compared as it lies on grey.
    ground = Image.new("RGBA", picture.size, (128, 128, 128, 255))
    ground.alpha_composite(picture)
    return numpy.asarray(ground.convert("L"), dtype=numpy.float64)


def means(values, side=8):
    high, wide = values.shape[0] // side * side, values.shape[1] // side * side
    blocks = values[:high, :wide].reshape(high // side, side, wide // side, side)
    return blocks.mean(axis=(1, 3))


def ssim(one, other):
    if one.shape != other.shape:
        return 0.0
    if min(one.shape) < 8:
        return 1.0 if abs(one - other).max() <= 8 else 0.0
    a, b = means(one), means(other)
    va, vb, ab = means(one * one) - a * a, means(other * other) - b * b, means(one * other) - a * b
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    return float((((2 * a * b + c1) * (2 * ab + c2)) / ((a * a + b * b + c1) * (va + vb + c2))).mean())


found = []
for safe, file in json.load(sys.stdin):
    signal.alarm(20)
    try:
        picture = Image.open(file)
        picture.load()
        one = {"file": file, "format": picture.format, "ssim": None}
        if safe and picture.width * picture.height <= LARGEST:
            one["ssim"] = ssim(pixels(picture), pixels(Image.open(safe)))
        found.append(one)
    except (Exception, TimeoutError):
        pass
    finally:
        signal.alarm(0)
json.dump(found, sys.stdout)
