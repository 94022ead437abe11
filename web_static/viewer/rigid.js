// Between the plan's rigid motions {r: 9 numbers, column-major; t: mm} and the renderer.
import { Matrix4, Plane, Quaternion, Vector3 } from 'three';

export const IDENTITY = Object.freeze({ r: [1, 0, 0, 0, 1, 0, 0, 0, 1], t: [0, 0, 0] });

export function matrixOf({ r, t }) {
  return new Matrix4().set(
    r[0], r[3], r[6], t[0],
    r[1], r[4], r[7], t[1],
    r[2], r[5], r[8], t[2],
    0, 0, 0, 1);
}

export function rigidOf(position, quaternion) {
  const e = new Matrix4().makeRotationFromQuaternion(quaternion.clone().normalize()).elements;
  return {
    r: [e[0], e[1], e[2], e[4], e[5], e[6], e[8], e[9], e[10]],
    t: position.toArray(),
  };
}

// The motion `motion` of a point cloud, then a turn by `angle` about `axis` through
// `centre` and a step: what one press of a stepper does.
export function stepped(motion, centre, axis, angle, step) {
  const turn = new Matrix4().makeRotationAxis(new Vector3(...axis), angle);
  const c = new Vector3(...centre);
  const about = new Matrix4().makeTranslation(c.clone().add(new Vector3(...step)))
    .multiply(turn).multiply(new Matrix4().makeTranslation(c.clone().negate()));
  const all = about.multiply(matrixOf(motion));
  const position = new Vector3();
  const rotation = new Quaternion();
  all.decompose(position, rotation, new Vector3());
  return rigidOf(position, rotation);
}

export const applied = (motion, point) => new Vector3(...point).applyMatrix4(matrixOf(motion)).toArray();

export const planeOf = (point, normal) =>
  new Plane().setFromNormalAndCoplanarPoint(new Vector3(...normal).normalize(), new Vector3(...point));
