// The bones of a CT: each with volume, density and how sure its surface is, and where it comes from.
import { has, t } from '../i18n/i18n.js';
import { fill } from './part.js';

// "Heel bone, left": the kind and the side where they are known, else the number it has.
export function boneText({ kind, side, name }) {
  const number = name.match(/_(\d+)$/)?.[1] ?? '';
  const what = [t(`kind.${kind}`), number].filter(Boolean).join(' ');
  return side === 'unknown' ? what : t('kind.sided', { what, side: t(`side.${side}`) });
}

const digitsOf = (value) => Number(10 > value);

// A number with its interval under it.
function cell(value, low, high, digits) {
  const node = document.createElement('td');
  const lines = [value.toFixed(digits)];
  if (Number.isFinite(low)) lines.push(`${low.toFixed(digits)}–${high.toFixed(digits)}`);
  node.append(...lines.map((text, i) => {
    const line = document.createElement('div');
    line.className = i === 0 ? 'number value' : 'number small quiet';
    line.textContent = text;
    return line;
  }));
  return node;
}

function row(bone) {
  const line = document.createElement('tr');
  const head = document.createElement('th');
  head.scope = 'row';
  head.textContent = boneText(bone);
  if (bone.cut) {
    const note = document.createElement('div');
    note.className = 'small quiet';
    note.textContent = t('segment.cut');
    head.append(note);
  }
  const { volume, density, uncertainty_mm: spread } = bone;
  line.append(head, cell(1e-3 * volume.value, 1e-3 * volume.low, 1e-3 * volume.high, digitsOf(1e-3 * volume.value)),
    cell(density.value, density.low, density.high, 0), cell(spread.mean, NaN, NaN, 2));
  return line;
}

export function mountSegment(element) {
  const parts = fill(element, `
    <section class="card stack segment">
      <h2 data-i18n="segment.title"></h2>
      <ul class="stack small" data-part="warnings"></ul>
      <table><thead><tr><th scope="col" data-i18n="segment.bone"></th><th scope="col" data-i18n="segment.volume"></th>
        <th scope="col" data-i18n="segment.density"></th><th scope="col" data-i18n="segment.surface"></th></tr></thead>
        <tbody data-part="rows"></tbody></table>
      <p class="small quiet" data-part="how"></p>
    </section>`);
  return {
    update({ segment }) {
      element.hidden = !segment;
      if (!segment) return;
      parts.rows.replaceChildren(...segment.bones.map(row));
      parts.warnings.replaceChildren(...segment.warnings.map(({ code, text }) => {
        const line = document.createElement('li');
        line.textContent = has(`segwarning.${code}`) ? t(`segwarning.${code}`) : text;
        return line;
      }));
      const { ct, calibration } = segment;
      parts.how.textContent = [t('segment.interval'),
        t('segment.ct', { slices: ct.slices, spacing: ct.spacing_mm.map((mm) => mm.toFixed(2)).join(' × '), noise: ct.noise_hu.toFixed(0), blur: ct.blur.value.toFixed(2) }),
        t(`segment.calibration_${calibration.how}`, { energy: calibration.energy.value.toFixed(0) })].join(' ');
    },
    unmount() {},
  };
}
