// Between a film's pixels and the case's millimetres: x = K (R p + t), as every camera
// file says it; z grows away from the tube.

const times = (m, v) => m.map((row) => row[0] * v[0] + row[1] * v[1] + row[2] * v[2]);
const timesTurned = (m, v) => [0, 1, 2].map((k) => m[0][k] * v[0] + m[1][k] * v[1] + m[2][k] * v[2]);

export function inCamera({ rotation, translation }, point) {
  return times(rotation, point).map((x, k) => x + translation[k]);
}

export function projected(camera, point) {
  const c = times(camera.matrix, inCamera(camera, point));
  return [c[0] / c[2], c[1] / c[2]];
}

// The point that a pixel shows at the depth `z`.
export function lifted(camera, [u, v], z) {
  const [[fx, skew, cx], [, fy, cy]] = camera.matrix;
  const y = ((v - cy) * z) / fy;
  const x = ((u - cx) * z - skew * y) / fx;
  return timesTurned(camera.rotation, [x, y, z].map((w, k) => w - camera.translation[k]));
}

// `point` moved so that it is seen `pixels` further on, at the depth it has.
export function shifted(camera, point, pixels) {
  const [u, v] = projected(camera, point);
  return lifted(camera, [u + pixels[0], v + pixels[1]], inCamera(camera, point)[2]);
}

// Millimetres at the depth of `point` that one pixel is wide.
export const pixelSize = (camera, point) => inCamera(camera, point)[2] / camera.matrix[0][0];

// The direction one looks in, in the case's frame.
export const sight = ({ rotation }) => [...rotation[2]];

// --- rigid motions {r: column by column, t}, as the plan keeps them -----------------

export const STILL = Object.freeze({ r: [1, 0, 0, 0, 1, 0, 0, 0, 1], t: [0, 0, 0] });

const turned = (r, p) => [0, 1, 2].map((k) => r[k] * p[0] + r[3 + k] * p[1] + r[6 + k] * p[2]);

export const moved = ({ r, t }, p) => turned(r, p).map((x, k) => x + t[k]);

export const movedBack = ({ r, t }, p) => {
  const d = p.map((x, k) => x - t[k]);
  return [0, 1, 2].map((k) => r[3 * k] * d[0] + r[3 * k + 1] * d[1] + r[3 * k + 2] * d[2]);
};

// First `a`, then `b`.
export const then = (a, b) => ({
  r: [0, 3, 6].flatMap((c) => turned(b.r, a.r.slice(c, c + 3))),
  t: moved(b, a.t),
});

export const shift = (by) => ({ r: STILL.r, t: by });

// A turn by `angle` about the unit vector `axis` through `centre` (Rodrigues).
export function turnAbout(centre, axis, angle) {
  const [x, y, z] = axis;
  const c = Math.cos(angle);
  const s = Math.sin(angle);
  const d = 1 - c;
  const r = [
    c + x * x * d, y * x * d + z * s, z * x * d - y * s,
    x * y * d - z * s, c + y * y * d, z * y * d + x * s,
    x * z * d + y * s, y * z * d - x * s, c + z * z * d,
  ];
  return { r, t: centre.map((p, k) => p - turned(r, centre)[k]) };
}
