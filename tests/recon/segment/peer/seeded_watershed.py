#!/usr/bin/env python3
"""An independent segmentation of a CT, for the comparison in recon/segment/README.md.

Not part of the product and not run by the tests. One threshold for all, 226 HU (the usual
one for bone in CT), closed by one voxel, holes filled slice by slice along all axes, and
parted by a watershed on the grey (darkest last) from one ball of 3 mm per bone, at the
deepest point of ours: scikit-image 0.19 and SciPy 1.10 (Debian: python3-skimage). How many
bones there are it is told; where each ends and where joints part is its own finding. Its
surface is where the grey crosses the threshold (marching cubes), so it is sub-voxel too.

  seeded_watershed.py CASE    a case folder of `osteon segment`; writes CASE/peer/NAME.stl
"""
import gzip, json, os, struct, sys
import numpy as np
from scipy import ndimage
from skimage import measure, morphology, segmentation

LEVEL = 226.0


def read(path):
    raw = gzip.open(path).read()
    dim = struct.unpack("<8h", raw[40:56])
    start = int(struct.unpack("<f", raw[108:112])[0])
    rows = np.array(struct.unpack("<12f", raw[280:328])).reshape(3, 4)
    grid = np.frombuffer(raw, np.float32, dim[1] * dim[2] * dim[3], start)
    return grid.reshape(dim[3], dim[2], dim[1]), rows


def write_stl(path, points, triangles):
    corner = points[triangles].astype("<f4")
    out = np.zeros(len(triangles), np.dtype([("n", "<3f4"), ("v", "<9f4"), ("a", "<u2")]))
    out["v"] = corner.reshape(-1, 9)
    with open(path, "wb") as f:
        f.write(b"\0" * 80 + struct.pack("<I", len(triangles)) + out.tobytes())


def fill(mask):
    votes = np.zeros(mask.shape, np.uint8)
    for axis in range(3):
        moved = np.moveaxis(mask, axis, 0)
        votes += np.moveaxis(np.array([ndimage.binary_fill_holes(s) for s in moved]), 0, axis)
    return ndimage.binary_fill_holes(votes >= 2)


def main(case):
    hu, rows = read(os.path.join(case, "ct/ct.nii.gz"))
    ours, _ = read(os.path.join(case, "result/labels.nii.gz"))
    bones = json.load(open(os.path.join(case, "result/segment.json")))["bones"]
    mask = fill(ndimage.binary_closing(hu > LEVEL, morphology.ball(1)) | (hu > LEVEL))
    depth = ndimage.distance_transform_edt(mask)
    seeds = np.zeros(hu.shape, np.int32)
    for bone in bones:
        own = np.where(ours == bone["label"], depth, 0.0)
        at = np.unravel_index(own.argmax(), own.shape)
        ball = sum((g - a) ** 2 for g, a in zip(np.ogrid[tuple(map(slice, hu.shape))], at)) <= 9
        seeds[ball & (own > 0)] = bone["label"]
    # From the seeds through depth and brightness: a joint is both thin and dark.
    bright = ndimage.gaussian_filter(np.clip(hu, 0, 600), 0.6)
    theirs = segmentation.watershed(-(60.0 * depth + bright), seeds, mask=mask)
    os.makedirs(os.path.join(case, "peer"), exist_ok=True)
    for bone in bones:
        own, other = ours == bone["label"], theirs == bone["label"]
        if own.sum() < 1000:
            continue
        print("%-18s Dice %.3f, ours %d voxels, theirs %d" % (
            bone["name"], 2.0 * (own & other).sum() / (own.sum() + other.sum()), own.sum(),
            other.sum()), flush=True)
        field = np.where(ndimage.binary_erosion(other, iterations=2), 2000.0, hu)
        field = np.where(ndimage.binary_dilation(other) & (theirs * ~other == 0), field, -1000.0)
        field = np.pad(field, 1, constant_values=-1000.0)
        points, triangles, _, _ = measure.marching_cubes(field, LEVEL)
        index = points[:, ::-1] - 1.0
        ras = index @ rows[:, :3].T + rows[:, 3]
        write_stl(os.path.join(case, "peer", bone["name"] + ".stl"), ras * [-1, -1, 1], triangles)


main(sys.argv[1])
