// The deformity table: every number with its spread, its unit and how it was obtained.
import { has, numberText, t } from '../i18n/i18n.js';
import { fill } from './part.js';

const ROWS = ['volar_tilt', 'radial_inclination', 'radial_height', 'ulnar_variance'];
const COLUMNS = ['before', 'planned', 'target'];

const howText = (row) => {
  if (!row?.how) return '';
  if (row.how === 'corrected') return t('how.corrected', { name: row.corrected_by ?? '' });
  return has(`how.${row.how}`) ? t(`how.${row.how}`) : row.how;
};

function cell(entry, column) {
  const node = document.createElement('td');
  const value = entry?.[column];
  if (!value) {
    node.textContent = '–';
    return node;
  }
  const { unit } = entry;
  const main = document.createElement('div');
  main.className = 'number value';
  main.textContent = numberText(value.value, unit);
  const spread = document.createElement('div');
  spread.className = 'number small quiet';
  spread.textContent = Number.isFinite(value.sd) ? `± ${(1.96 * value.sd).toFixed(1)}` : '';
  node.append(main, spread);
  const how = howText(entry);
  if (how !== '' && column === 'before') {
    const line = document.createElement('div');
    line.className = 'small quiet';
    line.textContent = how;
    node.append(line);
  }
  return node;
}

export function mountNumbers(element) {
  const parts = fill(element, `
    <section class="card stack">
      <h2 data-i18n="numbers.title"></h2>
      <table><thead><tr><th scope="col"></th><th scope="col" data-i18n="numbers.before"></th>
        <th scope="col" data-i18n="numbers.planned"></th><th scope="col" data-i18n="numbers.target"></th></tr></thead>
        <tbody data-part="rows"></tbody></table>
      <p class="small quiet" data-i18n="numbers.interval"></p>
      <dl class="facts" data-part="facts"></dl>
      <p class="small quiet" data-part="how"></p>
    </section>`);

  function fact(name, text) {
    const dt = document.createElement('dt');
    const dd = document.createElement('dd');
    dt.textContent = t(name);
    dd.textContent = text;
    dd.className = 'number';
    return [dt, dd];
  }

  function facts(measures, result, bmd, fem) {
    const rows = [];
    const target = measures?.volar_tilt?.target?.how;
    if (target && has(`how.${target}`)) rows.push(...fact('numbers.target', t(`how.${target}`)));
    const d = measures?.deformity;
    if (d) rows.push(...fact('numbers.deformity', `${numberText(d.angle_deg, 'deg')} · ${numberText(d.slide_mm, 'mm')}`));
    const gap = measures?.gap;
    if (gap) {
      rows.push(...fact('numbers.gap', `${numberText(gap.low_mm, 'mm')} … ${numberText(gap.high_mm, 'mm')}`));
      rows.push(...fact('numbers.wedge', `${numberText(gap.opening_mm3 / 1000, 'cm3', undefined, 2)}${gap.section_assumed ? ` · ${t('numbers.section_assumed')}` : ''}`));
    }
    if (measures?.residual_deg && measures?.residual_mm) {
      rows.push(...fact('numbers.residual', `${numberText(measures.residual_deg.value, 'deg')} · ${numberText(measures.residual_mm.value, 'mm')}`));
    }
    const density = bmd?.regions?.radius_distal_30;
    if (density) {
      rows.push(...fact('numbers.density', `${density.value.toFixed(0)} (${density.low.toFixed(0)}–${density.high.toFixed(0)})\u00a0mgHA/cm³ · ${t(`how.${bmd.how}`)}`));
    }
    if (fem?.peak_von_mises_mpa) {
      rows.push(...fact('numbers.stress', `${numberText(fem.peak_von_mises_mpa.value, 'MPa')} · ${fem.load_n} N · ${fem.law}`));
    }
    if (result?.residual) rows.push(...fact('numbers.fit', `${numberText(result.residual.value, 'mm', undefined, 2)} ≤ ${numberText(result.residual.limit, 'mm', undefined, 2)}`));
    return rows;
  }

  return {
    update({ plan, result, bmd, fem }) {
      const measures = plan?.measures;
      parts.rows.replaceChildren(...ROWS.map((name) => {
        const line = document.createElement('tr');
        const head = document.createElement('th');
        head.scope = 'row';
        head.textContent = t(`numbers.${name}`);
        line.append(head, ...COLUMNS.map((column) => cell(measures?.[name], column)));
        return line;
      }));
      parts.facts.replaceChildren(...facts(measures, result, bmd, fem));
      parts.how.textContent = result ? t('numbers.how', { model: result.model?.name ?? '' }) : '';
    },
    unmount() {},
  };
}
