# How long Pillow takes with a picture: to pixels, and to pixels and PNG again. Milliseconds, the quickest of several.
import io, sys, time
from PIL import Image

Image.MAX_IMAGE_PIXELS = None
data = open(sys.argv[1], "rb").read()


def decode():
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture.convert("RGBA")


def both():
    decode().save(io.BytesIO(), "PNG", compress_level=1)


def quickest(act):
    times = []
    for _ in range(int(sys.argv[2])):
        started = time.perf_counter()
        act()
        times.append(time.perf_counter() - started)
    return min(times) * 1e3


print(quickest(decode), quickest(both))
