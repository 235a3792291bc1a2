# Opens pictures with Pillow, and says how alike they are to what guard showed of them. Stdin: [[safe PNG or null, file], …];
# stdout: [{file, format, ssim, odd, damaged}, …] of what was opened. `odd` says why two good decoders may differ, where they may:
# then, and where a file is damaged, there is nothing to compare with.
import json, resource, shutil, signal, subprocess, sys, warnings
import numpy
import PIL
from PIL import Image, ImageOps

resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
warnings.simplefilter("ignore")
LARGEST = 4_000_000
PILLOW = int(PIL.__version__.split(".")[0])


def late(*_):
    raise TimeoutError


signal.signal(signal.SIGALRM, late)


# Brightness on grey: what is see-through is compared as it lies there.
def brightness(picture):
    ground = Image.new("RGBA", picture.size, (128, 128, 128, 255))
    ground.alpha_composite(picture.convert("RGBA"))
    return numpy.asarray(ground.convert("L"), dtype=numpy.float64)


def pixels(picture, part):
    # 16 bits of grey: converting them as Pillow does would cut off all that is lighter than the darkest 256th.
    if picture.mode.startswith("I"):
        values = numpy.asarray(picture, dtype=numpy.float64) / 257
        return numpy.rint(values.clip(0, 255))
    if part is not None:
        # The first picture of a moving one, where it is smaller than the whole: browsers leave the rest see-through, Pillow fills it.
        whole = Image.new("RGBA", picture.size, (0, 0, 0, 0))
        whole.paste(picture.convert("RGBA").crop(part), part)
        return brightness(whole)
    return brightness(ImageOps.exif_transpose(picture))


# Whether libjpeg-turbo has something to say about a JPEG, where it is here to ask.
def is_damaged(picture, file):
    if picture.format != "JPEG" or not shutil.which("djpeg"):
        return False
    strict = subprocess.run(["djpeg", "-strict", "-outfile", "/dev/null", file], capture_output=True)
    return strict.returncode != 0


# Why this file is not read in one way only.
def oddness(picture, size):
    if picture.format == "ICO":
        sizes = [entry["dim"] for entry in picture.ico.entry]
        if len(set(sizes)) < len(sizes):
            return "several pictures of one size in an icon"
    if picture.mode == "P" and picture.format in ("BMP", "PNG"):
        colours = len(picture.palette.palette) // 3
        if numpy.asarray(picture).max() >= colours:
            return "colours that are not in its palette"
    if picture.format == "BMP" and picture.info.get("compression") == 2 and PILLOW < 10:
        return "run lengths of 4 bits, which this Pillow reads wrongly"
    if picture.format == "GIF" and picture.size != size:
        return "a first picture that reaches out of the whole"
    return None


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
        part = picture.tile[0][1] if picture.format == "GIF" and picture.tile else None
        picture.load()
        one = {"file": file, "format": picture.format, "ssim": None, "odd": None, "damaged": is_damaged(picture, file)}
        if safe and not one["damaged"] and picture.width * picture.height <= LARGEST:
            shown = Image.open(safe)
            one["odd"] = oddness(picture, shown.size)
            if one["odd"] is None:
                one["ssim"] = ssim(pixels(picture, part), brightness(shown))
        found.append(one)
    except (Exception, TimeoutError):
        pass
    finally:
        signal.alarm(0)
json.dump(found, sys.stdout)
