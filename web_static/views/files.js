// What can be taken home: guide, report, bones; each says whether it is a draft.
import { fileUrl, post } from '../net/api.js';
import { errorText, has, t } from '../i18n/i18n.js';
import { busy, fill, toast } from './part.js';

const OFFERED = /^(guide.*\.stl|report.*\.pdf|radius\.stl|ulna\.stl|target_radius\.stl|.*\.vtu|result\.json|plan\.json)$/;

const label = (name) => {
  const key = `file.${name.replace(/_DRAFT/, '').replace(/\./g, '_')}`;
  return has(key) ? t(key) : name;
};

export function mountFiles(element, { caseId, onChange }) {
  const parts = fill(element, `
    <section class="card stack"><h2 data-i18n="files.title"></h2>
      <p class="notice warn" hidden data-part="outdated" data-i18n="files.outdated"></p>
      <div class="row"><button class="main" data-part="guide" data-i18n="files.make_guide"></button>
        <button data-part="report" data-i18n="files.make_report"></button></div>
      <dl class="facts" data-part="checks"></dl>
      <ul class="stack downloads" data-part="list"></ul></section>`);

  const make = (kind) => () => busy(parts[kind], async () => {
    await post(`/cases/${caseId}/jobs`, { kind });
    onChange();
  }, (error) => toast(errorText(error)));
  parts.guide.addEventListener('click', make('guide'));
  parts.report.addEventListener('click', make('report'));

  function item(name) {
    const line = document.createElement('li');
    const link = document.createElement('a');
    link.className = 'button';
    link.href = fileUrl(caseId, name);
    link.download = '';
    link.textContent = label(name);
    line.append(link);
    if (name.includes('DRAFT')) {
      const tag = document.createElement('span');
      tag.className = 'tag warn';
      tag.textContent = 'DRAFT';
      line.append(' ', tag);
    }
    return line;
  }

  function check(one) {
    const dt = document.createElement('dt');
    const dd = document.createElement('dd');
    dt.textContent = has(`check.${one.name}`) ? t(`check.${one.name}`) : one.name.replaceAll('_', ' ');
    const value = typeof one.value === 'number' ? one.value.toFixed(2) : String(one.value);
    dd.textContent = `${one.ok ? '✓' : '✗'} ${value} ${one.unit ?? ''}`;
    dd.className = `number ${one.ok ? 'good' : 'bad'}`;
    return [dt, dd];
  }

  return {
    update({ files = [], plan, guide, may = [] }) {
      element.hidden = !plan?.state;
      parts.guide.hidden = !may.includes('plan');
      parts.report.hidden = !may.includes('plan');
      parts.outdated.hidden = !(guide && plan?.hash && guide.plan_hash !== plan.hash);
      parts.checks.replaceChildren(...(guide?.checks ?? []).flatMap(check));
      parts.list.replaceChildren(...files.filter((name) => OFFERED.test(name)).map(item));
    },
    unmount() {},
  };
}
