// What is dragged on a film lands where the camera sees it: closed forms, no browser.
import assert from 'node:assert/strict';
import test from 'node:test';
import { inCamera, lifted, moved, movedBack, pixelSize, projected, shift, shifted, sight, STILL, then, turnAbout } from '../../web_static/plan/camera.js';

const c = Math.cos(0.7);
const s = Math.sin(0.7);
const camera = { matrix: [[6000, 3, 800], [0, 5900, 850], [0, 0, 1]], rotation: [[c, 0, -s], [0, 1, 0], [s, 0, c]], translation: [-16, 8, 900] };
const point = [40, -25, 60];
const near = (a, b, within = 1e-9) => a.forEach((x, k) => assert.ok(Math.abs(x - b[k]) < within, `${a} is not ${b}`));

test('a pinhole: a point straight ahead falls on the principal point', () => {
  const straight = { ...camera, matrix: [[6000, 0, 800], [0, 6000, 850], [0, 0, 1]], rotation: [[1, 0, 0], [0, 1, 0], [0, 0, 1]], translation: [0, 0, 0] };
  near(projected(straight, [0, 0, 900]), [800, 850]);
  near(projected(straight, [9, 0, 900]), [860, 850]);
  assert.equal(pixelSize(straight, [0, 0, 900]), 0.15);
});

test('lifting undoes projecting, and a shift keeps the depth', () => {
  const [u, v] = projected(camera, point);
  near(lifted(camera, [u, v], inCamera(camera, point)[2]), point);
  const to = shifted(camera, point, [12, -7]);
  near(projected(camera, to), [u + 12, v - 7], 1e-8);
  assert.ok(Math.abs(inCamera(camera, to)[2] - inCamera(camera, point)[2]) < 1e-9);
});

test('motions: back and forth, one after the other, about a centre', () => {
  const turn = turnAbout(point, [0, 0, 1], Math.PI / 2);
  near(moved(turn, point), point);
  near(moved(turn, [41, -25, 60]), [40, -24, 60]);
  near(movedBack(turn, moved(turn, [1, 2, 3])), [1, 2, 3]);
  near(moved(then(turn, shift([0, 0, 5])), point), [40, -25, 65]);
  near(moved(then(shift([1, 0, 0]), turn), point), [40, -24, 60]);
  near(moved(STILL, point), point);
});

test('a turn about the line of sight turns the picture as the hand does', () => {
  const [u, v] = projected(camera, point);
  const aside = shifted(camera, point, [100, 0]);
  const seen = projected(camera, moved(turnAbout(point, sight(camera), 0.1), aside));
  assert.ok(seen[1] > v && seen[0] > u, 'a growing angle goes from right to down, as rows grow downwards');
  near(seen, [u + 100 * Math.cos(0.1), v + 100 * Math.sin(0.1)], 0.25);
});
