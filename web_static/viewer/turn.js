// Turns a view about what is looked at, by radians to the right and up; nearer by a factor.
import { Vector3 } from 'three';

export function turnAbout(camera, orbit, right, up, nearer = 1) {
  const from = camera.position.clone().sub(orbit.target);
  const side = new Vector3().crossVectors(camera.up, from).normalize();
  const angle = from.angleTo(camera.up) - up;
  from.applyAxisAngle(camera.up, right);
  if (angle > 0.05 && angle < Math.PI - 0.05) from.applyAxisAngle(side, -up);
  camera.position.copy(orbit.target).add(from.divideScalar(nearer));
  orbit.update();
}

// The keys that do so, each with what it turns by.
export const TURNS = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1], '+': [0, 0, 1.15], '-': [0, 0, 1 / 1.15] };
