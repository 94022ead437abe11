#!/usr/bin/env python3
"""An independent segmentation of a CT, for the comparison in recon/segment/README.md.

Not part of the product and not run by the tests. The random walker of Grady (IEEE Trans
Pattern Anal Mach Intell 2006;28:1768) in scikit-image 0.19 (Debian: python3-skimage) on
one bone at a time: seeded with a ball of 3 mm at the bone's deepest point and at those of
its neighbours, which it is told by us, and with what is darker than muscle or far from
bone. Where bone ends and where joints part is its own finding. Its surface is where its
probability crosses a half (marching cubes), so it is sub-voxel too.

  random_walker.py CASE NAME...   a case folder of `osteon segment`; writes CASE/peer/NAME.stl
"""
import gzip, json, os, struct, sys
import numpy as np
from scipy import ndimage
from skimage import measure, segmentation


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


def seeds_of(hu, ours):
    """0 unknown, 1 no bone, 2... bones by our labels."""
    seeds = np.zeros(hu.shape, np.int32)
    outside = ndimage.label(ndimage.gaussian_filter(hu, 0.7) < 130)[0]
    big = np.bincount(outside.ravel())[1:].argmax() + 1
    seeds[outside == big] = 1
    names = [n for n in np.unique(ours) if n > 0 and (ours == n).sum() > 500]
    for i, n in enumerate(names):
        depth = ndimage.distance_transform_edt(np.pad(ours == n, 1))[1:-1, 1:-1, 1:-1]
        at = np.unravel_index(depth.argmax(), depth.shape)
        ball = sum((g - a) ** 2 for g, a in zip(np.ogrid[tuple(map(slice, hu.shape))], at)) <= 9
        seeds[ball & (ours == n)] = i + 2
    return seeds, names


def main(case, wanted):
    hu, rows = read(os.path.join(case, "ct/ct.nii.gz"))
    ours, _ = read(os.path.join(case, "result/labels.nii.gz"))
    about = json.load(open(os.path.join(case, "result/segment.json")))
    os.makedirs(os.path.join(case, "peer"), exist_ok=True)
    for bone in about["bones"]:
        if bone["name"] not in wanted:
            continue
        where = ndimage.find_objects(ours == bone["label"])[0]
        box = tuple(slice(max(0, s.start - 6), s.stop + 6) for s in where)
        grey, own = np.clip(hu[box], -200, 700), ours[box]
        seeds, names = seeds_of(grey, own)
        chance = segmentation.random_walker(grey, seeds, beta=90, mode="cg_j",
                                            return_full_prob=True)
        mine = chance[1 + names.index(bone["label"])]
        theirs = chance.argmax(axis=0) == 1 + names.index(bone["label"])
        theirs = ndimage.binary_fill_holes(theirs)
        same = own == bone["label"]
        print("%-18s Dice %.3f, ours %d voxels, theirs %d" % (
            bone["name"], 2.0 * (same & theirs).sum() / (same.sum() + theirs.sum()),
            same.sum(), theirs.sum()), flush=True)
        other = np.delete(chance, 1 + names.index(bone["label"]), axis=0).max(axis=0)
        field = np.where(ndimage.binary_erosion(theirs, iterations=2), 1.0, mine - other)
        field = np.pad(field, 1, constant_values=-1.0)
        points, triangles, _, _ = measure.marching_cubes(field, 0.0)
        index = points[:, ::-1] - 1.0 + np.array([s.start for s in box])[::-1]
        ras = index @ rows[:, :3].T + rows[:, 3]
        write_stl(os.path.join(case, "peer", bone["name"] + ".stl"), ras * [-1, -1, 1], triangles)


main(sys.argv[1], sys.argv[2:])
