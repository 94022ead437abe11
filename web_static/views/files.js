// What can be taken home: guide, report, bones; each says whether it is a draft.
import { fileUrl, post } from '../net/api.js';
import { errorText, has, t, unitText } from '../i18n/i18n.js';
import { studyText } from './numbers.js';
import { busy, fill, toast } from './part.js';

const OFFERED = /^(guide.*\.stl|report.*\.pdf|.*radius_stress\.pdf|radius\.stl|ulna\.stl|target_radius\.stl|(calcaneus|talus|carpal|metacarpal|bone)_\w+\.stl|(labels|uncertainty)\.nii\.gz|.*\.vtu|result\.json|segment\.json|plan\.json)$/;

// A guide that is withheld is shown, not given: nor is an older one beside its checks.
const PRINTED = /^guide.*\.stl$/;

const COUNTED = ['open edges'];

const label = (name) => {
  const [, state, study, rest] = name.match(/^(study|planned)_([a-z0-9_-]+)\.(.*)$/) ?? [];
  if (study) return `${studyText(study)}, ${t(state === 'planned' ? 'stress.planned' : 'stress.before')}: ${label(rest)}`;
  const key = `file.${name.replace(/_DRAFT/, '').replace(/\./g, '_')}`;
  return has(key) ? t(key) : name;
};

// Which way a value misses its limit: a check that is met exactly holds.
export function needOf({ name, value, limit }) {
  if (name === 'components') return 'exactly';
  return limit > value ? 'least' : 'most';
}

function figure({ unit }, value) {
  const word = has(`unit.${unit}`) ? t(`unit.${unit}`) : unitText(unit ?? '');
  return `${value.toFixed(word === '' || COUNTED.includes(unit) ? 0 : 2).replace('-', '−')}\u00a0${word}`.trim();
}

function advice(one) {
  const node = document.createElement('dd');
  node.className = 'small advice';
  node.textContent = [t(`need.${needOf(one)}`, { limit: figure(one, one.limit) }), has(`advice.${one.name}`) ? t(`advice.${one.name}`) : ''].join(' ').trim();
  return node;
}

export function mountFiles(element, { caseId, onChange }) {
  const parts = fill(element, `
    <section class="card stack"><h2 data-i18n="files.title"></h2>
      <p class="notice warn" hidden data-part="outdated" data-i18n="files.outdated"></p>
      <p class="notice bad" hidden data-part="failed" data-i18n="files.failed"></p>
      <p class="notice bad" hidden data-part="withheld" data-i18n="files.withheld"></p>
      <div class="row"><button class="main" data-part="guide" data-i18n="files.make_guide"></button>
        <button data-part="report" data-i18n="files.make_report"></button></div>
      <dl class="facts" data-part="checks"></dl>
      <ul class="stack downloads" data-part="list"></ul></section>`);

  let shown = '';
  const make = (kind) => () => busy(parts[kind], async () => {
    await post(`/cases/${caseId}/jobs`, { kind });
    onChange();
  }, (error) => toast(errorText(error)));
  parts.guide.addEventListener('click', make('guide'));
  parts.report.addEventListener('click', make('report'));

  function tag(text) {
    const node = document.createElement('span');
    node.className = 'tag warn';
    node.textContent = text;
    return node;
  }

  function item({ name, outdated }) {
    const line = document.createElement('li');
    line.className = 'row';
    const link = document.createElement('a');
    link.className = 'button';
    link.href = fileUrl(caseId, name);
    link.download = '';
    link.textContent = label(name);
    line.append(link);
    if (name.includes('DRAFT')) line.append(tag('DRAFT'));
    if (outdated) line.append(tag(t('files.old')));
    return line;
  }

  // A check that failed says by how much, and what helps.
  function check(one) {
    const dt = document.createElement('dt');
    const dd = document.createElement('dd');
    dt.textContent = has(`check.${one.name}`) ? t(`check.${one.name}`) : one.name.replaceAll('_', ' ');
    dd.textContent = `${one.ok ? '✓' : '✗'} ${figure(one, one.value)}`;
    dd.className = `number ${one.ok ? 'good' : 'bad'}`;
    return one.ok ? [dt, dd] : [dt, dd, advice(one)];
  }

  return {
    update({ caseDetail, plan, guide, may = [] }) {
      element.hidden = !plan?.state;
      parts.guide.hidden = !may.includes('plan');
      parts.report.hidden = !may.includes('plan');
      parts.outdated.hidden = !(guide && plan?.hash && guide.plan_hash !== plan.hash);
      const withheld = guide?.withheld === true;
      parts.withheld.hidden = !withheld;
      parts.failed.hidden = withheld || !(guide?.checks ?? []).some((one) => one.ok === false);
      const key = JSON.stringify([caseDetail?.file_details, guide?.checks, withheld]);
      if (key === shown) return;
      shown = key;
      parts.checks.replaceChildren(...[...(guide?.checks ?? [])].sort((a, b) => Number(a.ok) - Number(b.ok)).flatMap(check));
      parts.list.replaceChildren(...(caseDetail?.file_details ?? [])
        .filter((file) => OFFERED.test(file.name) && !(withheld && PRINTED.test(file.name))).map(item));
    },
    unmount() {},
  };
}
