// The joint's surface of two results: mineral beneath it and stress on it in one frame, the
// middle of the highest fifth of each, and how both go together. Numbers of a picture, never
// a forecast.
import { numberText, t } from '../i18n/i18n.js';
import { colourOf } from '../viewer/colours.js';
import { fill } from './part.js';

const SVG = 'http://www.w3.org/2000/svg';
const FIELDS = [
  { name: 'density', at: 3, unit: 'mg/cm³', digits: 0 },
  { name: 'stress', at: 4, unit: 'MPa', digits: 2 },
];
const CELL = 1; // mm: a cell's place is the middle of what lies in it

function node(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

const plain = (value, digits) => value.toFixed(digits).replace('-', '−');
const css = (rgb) => `rgb(${rgb.map((v) => Math.round(255 * v)).join(' ')})`;
const centreText = ([u, v]) => t('joint.centre_at', { radial: numberText(u, 'mm'), dorsal: numberText(v, 'mm') });

// Radial to the right, dorsal upwards. A cross is this picture's middle, a ring the other one's.
function map(whole, other, field, most) {
  const { cells } = whole;
  const [us, vs] = [0, 1].map((k) => cells.map((cell) => cell[k]));
  const [left, right] = [Math.min(...us) - 1, Math.max(...us) + 1];
  const [low, high] = [Math.min(...vs) - 1, Math.max(...vs) + 1];
  const svg = node('svg', { viewBox: `${left} ${-high} ${right - left} ${high - low}`, role: 'img' });
  const [u, v] = whole[field.name].centre;
  svg.setAttribute('aria-label', `${t(`joint.${field.name}`)}: ${t('joint.mean')} ${numberText(whole[field.name].mean, field.unit, undefined, field.digits)}, ${centreText([u, v])}`);
  for (const cell of cells) {
    svg.append(node('rect', { x: CELL * Math.floor(cell[0] / CELL), y: -CELL * (Math.floor(cell[1] / CELL) + 1), width: CELL * 1.04, height: CELL * 1.04, fill: css(colourOf(cell[field.at] / most)) }));
  }
  if (other) {
    const [x, y] = other[field.name].centre;
    for (const mark of ['mark under', 'mark']) svg.append(node('circle', { cx: x, cy: -y, r: 1.3, class: mark }));
  }
  for (const mark of ['mark under', 'mark']) svg.append(node('path', { d: `M${u - 1.5} ${-v}h3M${u} ${-v - 1.5}v3`, class: mark }));
  return svg;
}

function row(name, cells) {
  const line = document.createElement('tr');
  const head = document.createElement('th');
  head.scope = 'row';
  head.textContent = name;
  line.append(head, ...cells.map((text) => {
    const cell = document.createElement('td');
    cell.className = 'number';
    cell.textContent = text;
    return cell;
  }));
  return line;
}

// How far the right one's middle lies from the left one's, along one axis of the frame.
function shiftText(wholes, name, axis) {
  if (!wholes[0] || !wholes[1] || wholes[0] === wholes[1]) return '–';
  const [a, b] = wholes.map((whole) => whole[name].centre[axis]);
  return plain(b - a, 1);
}

export function mountJoint(element) {
  const parts = fill(element, `
    <div class="stack joint">
      <h3 data-i18n="joint.title"></h3>
      <div class="pair-fields" data-part="jointMaps"></div>
      <table><thead><tr><th scope="col"><span class="unseen" data-i18n="joint.title"></span></th><th scope="col" data-i18n="stress.left"></th>
        <th scope="col" data-i18n="stress.right"></th><th scope="col" data-i18n="joint.shift"></th></tr></thead><tbody data-part="jointRows"></tbody></table>
      <p class="small quiet" data-i18n="joint.note"></p>
      <p class="small quiet" hidden data-part="onCartilage" data-i18n="joint.note_cartilage"></p>
    </div>`);
  return {
    // The `whole` part of two joint.json, left and right; either may be missing.
    show(wholes, onCartilage) {
      parts.onCartilage.hidden = !onCartilage;
      element.hidden = !wholes.some(Boolean);
      if (element.hidden) return;
      parts.jointMaps.replaceChildren(...FIELDS.flatMap((field) => {
        const most = Math.max(...wholes.filter(Boolean).map((whole) => whole[field.name].most)) || 1;
        return wholes.map((whole, i) => {
          const figure = document.createElement('figure');
          const text = document.createElement('figcaption');
          text.className = 'small';
          text.textContent = `${t(`joint.${field.name}`)} · ${t(i === 0 ? 'stress.left' : 'stress.right')} · 0–${numberText(most, field.unit, undefined, field.digits)}`;
          figure.append(text);
          if (whole) figure.prepend(map(whole, wholes[1 - i] === whole ? null : wholes[1 - i], field, most));
          return figure;
        });
      }));
      const of = (read) => wholes.map((whole) => (whole ? read(whole) : '–'));
      parts.jointRows.replaceChildren(
        ...FIELDS.flatMap(({ name, unit, digits }) => [
          row(`${t(`joint.${name}`)}, ${t('joint.mean')} (${unit})`, [...of((whole) => plain(whole[name].mean, digits)), '']),
          ...['radial', 'dorsal'].map((way, axis) => row(`${t(`joint.${name}`)}, ${t('joint.centre')}, ${t(`joint.${way}`)} (mm)`, [...of((whole) => plain(whole[name].centre[axis], 1)), shiftText(wholes, name, axis)])),
        ]),
        row(t('joint.correlation'), [...of((whole) => plain(whole.correlation, 2)), '']),
      );
    },
  };
}
