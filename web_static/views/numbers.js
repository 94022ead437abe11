// The deformity table: every number with its spread, its unit and how it was obtained.
import { has, numberText, t } from '../i18n/i18n.js';
import { fill } from './part.js';

const ROWS = ['volar_tilt', 'radial_inclination', 'radial_height', 'ulnar_variance'];
const COLUMNS = ['before', 'planned', 'target'];
const WITHIN_95 = 1.96; // standard deviations

export function howText(measured) {
  const { how, by } = measured ?? {}; // nothing is measured on a plan without bones
  if (!how) return '';
  if (how === 'corrected') return t('how.corrected', { name: by ?? '' });
  return has(`how.${how}`) ? t(`how.${how}`) : how;
}

export const studyText = (name) => (has(`study.${name}`) ? t(`study.${name}`) : name);
export const lawText = (law) => (has(`law.${law}`) ? t(`law.${law}`) : law ?? '');

// 8e−9 with a minus sign, at which no line breaks.
const smallText = (value) => value?.toExponential(0).replace('-', '−') ?? '–';

// How the equations were solved: convergence, residual and reactions, in words.
export const trustText = (fem) => [
  t('numbers.trust', { reason: t(`solve.${fem.reason}`), residual: smallText(fem.relative_residual), reaction: smallText(fem.reaction_error) }),
  ...(fem.warnings ?? []).map(({ code }) => code).filter((code) => has(`fem.warn_${code}`)).map((code) => t(`fem.warn_${code}`)),
].join(' · ');

function line(className, text) {
  const node = document.createElement('div');
  node.className = className;
  node.textContent = text;
  return node;
}

function cell(entry, column) {
  const node = document.createElement('td');
  const value = entry?.[column];
  if (!value) {
    node.textContent = '–';
    return node;
  }
  node.append(line('number value', numberText(value.value, entry.unit)));
  if (Number.isFinite(value.sd)) node.append(line('number small quiet', `± ${(WITHIN_95 * value.sd).toFixed(1)}`));
  return node;
}

function fact(name, text, how = '') {
  const dt = document.createElement('dt');
  const dd = document.createElement('dd');
  dt.textContent = t(name);
  dd.textContent = text;
  if (how !== '') dd.append(line('small quiet', how));
  return [dt, dd];
}

const spread = (value, sd, unit) => numberText(value, unit, Number.isFinite(sd) ? WITHIN_95 * sd : undefined);

function planFacts(measures) {
  const rows = [];
  const { deformity, residual, gap } = measures;
  const source = howText(measures.volar_tilt?.target);
  if (source) rows.push(...fact('numbers.target', source));
  if (deformity) {
    rows.push(...fact('numbers.deformity', `${spread(deformity.angle_deg, residual?.rotation_sd_deg, 'deg')} · ${spread(deformity.slide_mm, residual?.translation_sd_mm, 'mm')}`, source));
  }
  if (gap) {
    const how = t(gap.section_assumed ? 'numbers.section_assumed' : 'numbers.section');
    rows.push(...fact('numbers.gap', `${numberText(gap.min_mm, 'mm')} … ${numberText(gap.max_mm, 'mm')}`, how));
    rows.push(...fact('numbers.wedge', `${numberText(gap.wedge_cm3, 'cm3', undefined, 2)} · ${numberText(gap.overlap_cm3, 'cm3', undefined, 2)}`));
  }
  if (residual) {
    rows.push(...fact('numbers.residual', `${spread(residual.rotation_deg, residual.rotation_sd_deg, 'deg')} · ${spread(residual.translation_mm, residual.translation_sd_mm, 'mm')}`));
  }
  return rows;
}

function densityFacts(bmd) {
  const density = bmd?.regions?.radius_distal_30;
  if (!density) return [];
  return fact('numbers.density', `${density.value.toFixed(0)} (${density.low.toFixed(0)}–${density.high.toFixed(0)})\u00a0mgHA/cm³`, howText(bmd));
}

function stressFacts(fem) {
  if (!fem?.peak_von_mises_mpa) return [];
  const { value, low, high } = fem.peak_von_mises_mpa;
  const how = [
    t('numbers.stress_how', { load: fem.load_n, law: lawText(fem.law), density: howText({ how: fem.density_how }) }),
    trustText(fem), t('numbers.clamped', { clamped: (100 * (fem.clamped_share ?? 0)).toFixed(1) }),
  ].join(' · ');
  const rows = fact('numbers.stress', `${value.toFixed(1)} (${low.toFixed(1)}–${high.toFixed(1)})\u00a0MPa`, how);
  for (const fossa of ['scaphoid_fossa', 'lunate_fossa']) {
    const joint = fem[fossa];
    if (joint) rows.push(...fact(`numbers.${fossa}`, `${numberText(joint.peak_mpa, 'MPa', undefined, 2)} · ${joint.force_n.toFixed(0)}\u00a0N / ${joint.area_mm2.toFixed(0)}\u00a0mm²`, t('how.load_split')));
  }
  return rows;
}

function fitFacts(result) {
  if (!result?.residual) return [];
  const { value, limit, ok } = result.residual;
  return fact('numbers.fit', `${numberText(value, 'mm', undefined, 2)} ${ok ? '≤' : '>'} ${numberText(limit, 'mm', undefined, 2)}`);
}

const ANGLES = ['volar_tilt', 'radial_inclination'];

// What the films could not tell makes a number doubtful, and its row says so.
function doubt(name, result) {
  const codes = (result?.warnings ?? []).map((warning) => warning.code);
  if (codes.includes('one_view') && ANGLES.includes(name)) return t('numbers.one_view');
  if (codes.includes('scale_from_prior') && !ANGLES.includes(name)) return t('numbers.no_scale');
  return '';
}

export function mountNumbers(element) {
  const parts = fill(element, `
    <section class="card stack numbers">
      <h2 data-i18n="numbers.title"></h2>
      <table><thead><tr><th scope="col"><span class="unseen" data-i18n="numbers.title"></span></th><th scope="col" data-i18n="numbers.before"></th>
        <th scope="col" data-i18n="numbers.planned"></th><th scope="col"><span data-i18n="numbers.target"></span></th></tr></thead>
        <tbody data-part="rows"></tbody></table>
      <p class="small quiet" data-part="legend"></p>
    </section>`);

  return {
    update({ plan, result }) {
      const measures = plan?.measures;
      element.hidden = !measures;
      parts.rows.replaceChildren(...ROWS.map((name) => {
        const row = document.createElement('tr');
        const head = document.createElement('th');
        const how = howText(measures?.[name]?.before);
        head.scope = 'row';
        head.append(line('', t(`numbers.${name}`)));
        if (how !== '') head.append(line(measures[name].before.how === 'corrected' ? 'small corrected' : 'small plain', how));
        const why = doubt(name, result);
        if (why !== '') head.append(line('small corrected', why));
        row.append(head, ...COLUMNS.map((column) => cell(measures?.[name], column)));
        return row;
      }));
      const source = howText(measures?.volar_tilt?.target);
      parts.legend.textContent = [t('numbers.interval'), source === '' ? '' : t('numbers.target_how', { source })].filter(Boolean).join(' ');
    },
    unmount() {},
  };
}

// What stands behind the table: the correction, the gap, density, stress and the fit.
export function mountFacts(element) {
  const parts = fill(element, `
    <section class="card stack">
      <h2 data-i18n="numbers.more"></h2>
      <dl class="facts" data-part="facts"></dl>
      <p class="small quiet" data-part="how"></p>
    </section>`);
  return {
    update({ plan, result, bmd, fem }) {
      element.hidden = !result;
      parts.facts.replaceChildren(...(plan?.measures ? planFacts(plan.measures) : []), ...densityFacts(bmd), ...stressFacts(fem), ...fitFacts(result));
      parts.how.textContent = result ? t('numbers.how', { model: result.model?.name ?? '' }) : '';
    },
    unmount() {},
  };
}
