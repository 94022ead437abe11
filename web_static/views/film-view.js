// One film: the picture, the outlines of the fitted bones as the plan corrects them, and
// the landmarks. What is dragged here moves in the film's own plane, at its depth.
import { fileUrl, filePath, filmUrl, get } from '../net/api.js';
import { numberText, t } from '../i18n/i18n.js';
import { inCamera, lifted, moved, movedBack, pixelSize, projected, shift, shifted, sight, STILL, then, turnAbout } from '../plan/camera.js';
import { fill } from './part.js';

const SVG = 'http://www.w3.org/2000/svg';
const REACH = 26; // screen pixels around a mark that still are the mark
const WRIST = 48; // mm around the joint that the near view shows
const DEGREE = Math.PI / 180;

// By how much further than on the first film the forearm is turned, and its interval, one way round.
function turnOf({ value, low, high }) {
  const [sign, from, to] = value < 0 ? [-1, high, low] : [1, low, high];
  const text = (degrees) => numberText(sign * degrees, 'deg', undefined, 0);
  return { value: text(value), low: text(from), high: text(to) };
}

function shape(name, attributes) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

export function createFilmView({ caseId, view, film, index, act }) {
  const { camera } = view;
  const figure = document.createElement('figure');
  figure.className = 'film';
  figure.dataset.view = String(index);
  const parts = fill(figure, `
    <div class="film-frame" role="application" tabindex="0" data-part="frame"></div>
    <figcaption class="small"><strong data-part="name"></strong> <span class="quiet" data-part="fit"></span></figcaption>
    <div class="row nudge" role="group" hidden data-part="nudge"></div>`);
  const svg = shape('svg', { class: 'film-svg', preserveAspectRatio: 'xMidYMid meet' });
  const image = shape('image', { width: view.size[0], height: view.size[1], href: film ? filmUrl(film.id) : fileUrl(caseId, view.overlay) });
  const lines = shape('g', { class: 'outline' });
  const marks = shape('g', { class: 'marks' });
  svg.append(image, lines, marks);
  parts.frame.append(svg);
  const name = t(`projection.${view.projection}`);
  parts.name.textContent = name;
  const fit = view.contour_mm;
  const turn = view.pronated;
  parts.fit.textContent = [fit ? t('films.fit', { mean: numberText(fit.mean, 'mm', undefined, 2), p95: numberText(fit.p95, 'mm', undefined, 2), share: Math.round(100 * fit.share) }) : '',
    turn ? t(turn.value < 0 ? 'films.supinated' : 'films.pronated', turnOf(turn)) : ''].filter(Boolean).join(' · ');

  // Where the forearm had been turned, the ulna lies otherwise than in the plan: it is shown as it
  // was fitted there, and moved on the first film.
  const apart = view.frame > 0 ? 'ulna' : null;
  let outline = null;
  let scene = { landmarks: [], corrections: {}, tool: 'look', mode: 'translate', selection: null, near: true, outlines: true, step: 0.5, mayEdit: false };
  let held = null;

  if (view.outline) {
    get(filePath(caseId, view.outline)).then((data) => {
      outline = data;
      draw();
    }).catch(() => null);
  }

  // --- where things are --------------------------------------------------------------

  const correction = (bone) => scene.corrections[bone] ?? STILL;
  const place = (mark) => moved(correction(mark.bone), mark.position);
  const centre = (bone) => {
    const own = scene.landmarks.filter((mark) => mark.bone === bone).map((mark) => mark.position);
    return own.length === 0 ? null : own[0].map((_, k) => own.reduce((sum, p) => sum + p[k], 0) / own.length);
  };

  function window() {
    const [width, height] = view.size;
    const middle = camera && centre('radius');
    if (!scene.near || !middle) return [0, 0, width, height];
    const [u, v] = projected(camera, middle);
    const half = WRIST / pixelSize(camera, middle);
    return [u - half, v - 0.75 * half, 2 * half, 2 * half];
  }

  const scale = () => {
    const matrix = svg.getScreenCTM();
    return matrix ? matrix.a : 1;
  };
  const at = (event) => {
    const matrix = svg.getScreenCTM();
    if (!matrix) return [0, 0];
    const p = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
    return [p.x, p.y];
  };

  // The outline belongs to the fit; a correction moves it as a body at the joint's depth.
  function corrected(bone, points) {
    const motion = correction(bone);
    const middle = camera && centre(bone);
    if (motion === STILL || !middle || bone === apart) return points;
    const { z } = { z: inCamera(camera, middle)[2] };
    return points.map((pixel) => projected(camera, moved(motion, lifted(camera, pixel, z))));
  }

  // --- drawing -----------------------------------------------------------------------

  function drawLines() {
    lines.replaceChildren();
    if (!scene.outlines || !outline) return;
    for (const [bone, list] of Object.entries(outline.bones ?? {})) {
      for (const line of list) {
        const points = corrected(bone, line).map(([u, v]) => `${u.toFixed(1)},${v.toFixed(1)}`).join(' ');
        lines.append(shape('polyline', { class: `${bone}${scene.bone === bone && scene.tool === 'outline' ? ' chosen' : ''}`, points }));
      }
    }
  }

  function drawMarks() {
    marks.replaceChildren();
    if (scene.tool !== 'landmark' || !camera) return;
    const r = 6 / scale();
    for (const mark of scene.landmarks) {
      const [u, v] = projected(camera, place(mark));
      const chosen = mark.id === scene.selection;
      marks.append(shape('circle', { cx: u, cy: v, r: chosen ? 1.5 * r : r, class: chosen ? 'mark chosen' : 'mark' }));
      if (chosen) marks.append(shape('circle', { cx: u, cy: v, r: 0.25 * r, class: 'dot' }));
    }
  }

  function draw() {
    svg.setAttribute('viewBox', window().map((x) => x.toFixed(2)).join(' '));
    drawLines();
    drawMarks();
    parts.frame.dataset.tool = scene.mayEdit ? scene.tool : 'look';
  }
  const watcher = new ResizeObserver(() => drawMarks());
  watcher.observe(parts.frame);

  // --- moving ------------------------------------------------------------------------

  function nearestMark(pixel) {
    let best = null;
    for (const mark of scene.landmarks) {
      const [u, v] = projected(camera, place(mark));
      const away = Math.hypot(u - pixel[0], v - pixel[1]) * scale();
      if (away < REACH && away < (best?.away ?? Infinity)) best = { away, mark };
    }
    return best?.mark ?? null;
  }

  function nearestBone(pixel) {
    let best = null;
    for (const [bone, list] of Object.entries(outline?.bones ?? {}).filter(([name]) => name !== apart)) {
      for (const point of list.flatMap((line) => corrected(bone, line))) {
        const away = Math.hypot(point[0] - pixel[0], point[1] - pixel[1]) * scale();
        if (away < REACH && away < (best?.away ?? Infinity)) best = { away, bone };
      }
    }
    return best?.bone ?? null;
  }

  const markMoved = (mark, pixels) => movedBack(correction(mark.bone), shifted(camera, place(mark), pixels));

  function boneShifted(bone, start, pixels) {
    const middle = moved(start, centre(bone));
    const to = shifted(camera, middle, pixels);
    return then(start, shift(to.map((x, k) => x - middle[k])));
  }

  function boneTurned(bone, start, angle) {
    return then(start, turnAbout(moved(start, centre(bone)), sight(camera), angle));
  }

  // What a pointer at `pixel` has made of the thing that is held.
  function dragged(pixel) {
    const by = [pixel[0] - held.from[0], pixel[1] - held.from[1]];
    if (held.mark) return [held.mark.id, 'position', movedBack(held.correction, shifted(camera, held.start, by))];
    if (scene.mode === 'translate') return [held.bone, 'correction', boneShifted(held.bone, held.start, by)];
    const [u, v] = projected(camera, moved(held.start, centre(held.bone)));
    const angle = Math.atan2(pixel[1] - v, pixel[0] - u) - Math.atan2(held.from[1] - v, held.from[0] - u);
    return [held.bone, 'correction', boneTurned(held.bone, held.start, angle)];
  }

  function take(event) {
    if (!scene.mayEdit || !camera || event.button > 0) return;
    const from = at(event);
    const mark = scene.tool === 'landmark' ? nearestMark(from) : null;
    const bone = scene.tool === 'outline' ? nearestBone(from) : null;
    if (!mark && !bone) return;
    held = mark
      ? { mark, from, start: place(mark), correction: correction(mark.bone), far: false }
      : { bone, from, start: correction(bone), far: false };
    if (mark) act.select(mark.id);
    else act.selectBone(bone);
    parts.frame.setPointerCapture(event.pointerId);
    event.preventDefault();
  }

  function pull(event) {
    if (!held) return;
    const pixel = at(event);
    held.far ||= Math.hypot(pixel[0] - held.from[0], pixel[1] - held.from[1]) * scale() > 3;
    if (held.far) act.drag(...dragged(pixel));
  }

  function release(event, keep) {
    if (!held) return;
    const change = dragged(at(event));
    const { far } = held;
    held = null;
    if (far && keep) act.set(...change);
    else if (far) act.letGo(change[0], change[1]);
  }

  parts.frame.addEventListener('pointerdown', take);
  parts.frame.addEventListener('pointermove', pull);
  parts.frame.addEventListener('pointerup', (event) => release(event, true));
  parts.frame.addEventListener('pointercancel', (event) => release(event, false));

  // One step right and down on the film: a landmark, or a bone's outline.
  function nudge(right, down) {
    if (!scene.mayEdit || !camera) return;
    if (scene.tool === 'landmark') {
      const mark = scene.landmarks.find((one) => one.id === scene.selection);
      if (!mark) return;
      const size = scene.step / pixelSize(camera, place(mark));
      act.set(mark.id, 'position', markMoved(mark, [right * size, down * size]));
    } else if (scene.tool === 'outline' && scene.bone && centre(scene.bone)) {
      const start = correction(scene.bone);
      const size = scene.step / pixelSize(camera, centre(scene.bone));
      act.set(scene.bone, 'correction', scene.mode === 'translate'
        ? boneShifted(scene.bone, start, [right * size, down * size])
        : boneTurned(scene.bone, start, (right + down) * scene.step * DEGREE));
    }
  }

  const ARROWS = { ArrowLeft: [-1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowRight: [1, 0] };
  parts.frame.addEventListener('keydown', (event) => {
    if (scene.tool === 'look') return;
    if (ARROWS[event.key]) nudge(...ARROWS[event.key]);
    else if (event.key === 'PageDown' || event.key === 'PageUp') act.next(event.key === 'PageDown' ? 1 : -1);
    else return;
    event.preventDefault();
  });
  for (const [key, sign] of [['ArrowLeft', '←'], ['ArrowUp', '↑'], ['ArrowDown', '↓'], ['ArrowRight', '→']]) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = sign;
    button.setAttribute('aria-label', t(`films.nudge.${key}`, { film: name }));
    button.addEventListener('click', () => nudge(...ARROWS[key]));
    parts.nudge.append(button);
  }

  return {
    figure,
    // Where a mark is seen, in pixels of the window: what a test of the page aims at.
    seen(id) {
      const mark = scene.landmarks.find((one) => one.id === id);
      const [u, v] = projected(camera, place(mark));
      const p = new DOMPoint(u, v).matrixTransform(svg.getScreenCTM());
      return [p.x, p.y];
    },
    update(next) {
      scene = { ...next, landmarks: next.landmarks.filter((mark) => mark.bone !== apart), tool: next.tool === 'outline' && next.bone === apart ? 'look' : next.tool };
      const chosen = scene.tool === 'landmark' ? scene.landmarks.find((mark) => mark.id === scene.selection) : null;
      const what = chosen ? t(`landmark.${chosen.name}`) : scene.tool === 'outline' && scene.bone ? t(`bone.${scene.bone}`) : '';
      parts.frame.setAttribute('aria-label', [t('films.alt', { projection: name }), what].filter(Boolean).join(' · '));
      if (!scene.mayEdit) parts.nudge.remove();
      else if (!parts.nudge.parentNode) figure.append(parts.nudge);
      parts.nudge.hidden = !camera || scene.tool === 'look';
      draw();
    },
    dispose: () => watcher.disconnect(),
  };
}
