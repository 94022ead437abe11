// Two versions of the plan side by side under one camera, and the numbers that differ.
import { dateText, errorText, numberText, t } from '../i18n/i18n.js';
import { createReplay } from '../plan/replay.js';
import { theCore } from '../plan/session.js';
import { differences, versionsOf } from '../plan/versions.js';
import { objectText, partsText, propertyText, valueText } from './change-text.js';
import { fill } from './part.js';

function versionText(version, people) {
  if (version.kind === 'first' || version.kind === 'now') return t(`compare.${version.kind}`);
  const what = version.kind === 'version' ? version.name : t(`step.${version.kind}.done`);
  return `${what} · ${people[version.by]?.name ?? ''} · ${dateText(new Date(version.at).toISOString())}`;
}

function row(cells) {
  const node = document.createElement('tr');
  const head = document.createElement('th');
  head.scope = 'row';
  head.textContent = cells[0];
  node.append(head, ...cells.slice(1).map((text) => {
    const cell = document.createElement('td');
    cell.className = 'number';
    cell.textContent = text;
    return cell;
  }));
  return node;
}

function numberRow({ key, unit, a, b, digits }) {
  // Of the numbers as they are shown: nobody reads 1.4, 1.3 and a difference of 0.0.
  const by = a === null || b === null ? null : Number(b.toFixed(digits)) - Number(a.toFixed(digits));
  const difference = by === null ? '–' : `${by > 0 ? '+' : ''}${numberText(by, unit, undefined, digits)}`;
  return row([t(key), numberText(a, unit, undefined, digits), numberText(b, unit, undefined, digits), difference]);
}

function objectRow(one) {
  const what = objectText(one);
  if (one.what !== 'set') return row([what, t(one.what === 'create' ? 'word.none' : 'compare.there'), t(one.what === 'create' ? 'compare.there' : 'word.none'), '']);
  const named = ['motion', 'position', 'correction'].includes(one.property) ? what : t('change.part', { what, property: propertyText(one.property) });
  if (one.kind === 'motion') { // there is no left and right of it, only what lies between
    const between = row([named, partsText(one.parts)]);
    between.lastChild.colSpan = 3;
    return between;
  }
  return row([named, valueText(one.property, one.from), valueText(one.property, one.to), '']);
}

export function mountCompare(element, { past, onPair, onEnd }) {
  const parts = fill(element, `
    <section class="card stack compare">
      <div class="row"><h2 data-i18n="compare.title"></h2>
        <button type="button" class="push" data-part="end" data-i18n="compare.end"></button></div>
      <p class="small quiet" data-i18n="compare.text"></p>
      <div class="pair-fields"><label class="field"><span data-i18n="compare.left"></span><select data-part="left"></select></label>
        <label class="field"><span data-i18n="compare.right"></span><select data-part="right"></select></label></div>
      <p class="notice bad" role="alert" data-part="error" hidden></p>
      <p data-part="same" role="status" data-i18n="compare.same" hidden></p>
      <table data-part="table" hidden><thead><tr><th scope="col" data-i18n="compare.what"></th><th scope="col" data-i18n="compare.left"></th>
        <th scope="col" data-i18n="compare.right"></th><th scope="col" data-i18n="compare.difference"></th></tr></thead><tbody data-part="rows"></tbody></table>
    </section>`);
  let open = false;
  let state = null;
  let listed = '';
  let asked = 0;

  function list(plan) {
    const versions = versionsOf(plan.state);
    const key = JSON.stringify(versions.map((one) => [one.key, one.name]));
    if (key === listed) return;
    listed = key;
    const chosen = [parts.left.value || (versions.length > 2 ? versions.at(-2).key : 'first'), parts.right.value || 'now'];
    [parts.left, parts.right].forEach((select, i) => {
      select.replaceChildren(...versions.map((one) => new Option(versionText(one, plan.state.people), one.key)));
      select.value = versions.some((one) => one.key === chosen[i]) ? chosen[i] : ['first', 'now'][i];
    });
  }

  const seqOf = (key) => versionsOf(state.plan.state).find((one) => one.key === key)?.seq ?? state.plan.seq;

  async function draw() {
    const now = ++asked;
    try {
      const [core, log] = await Promise.all([theCore(), past()]);
      if (now !== asked || !open) return;
      const replay = createReplay(core, log.planId, [...log.entries]);
      const [a, b] = [parts.left, parts.right].map((select) => replay.at(Math.min(seqOf(select.value), replay.length)));
      replay.close();
      const found = differences(a, b);
      const rows = [...found.numbers.map(numberRow), ...found.objects.map(objectRow)];
      parts.rows.replaceChildren(...rows);
      parts.table.hidden = rows.length === 0;
      parts.same.hidden = rows.length > 0;
      parts.error.hidden = true;
      onPair([a, b], [parts.left, parts.right].map((select) => select.selectedOptions[0].text));
    } catch (error) {
      parts.error.textContent = errorText(error);
      parts.error.hidden = false;
    }
  }

  for (const select of [parts.left, parts.right]) select.addEventListener('change', draw);
  function close() {
    if (!open) return;
    open = false;
    asked += 1;
    onPair(null);
  }
  parts.end.addEventListener('click', onEnd);

  let seen = '';
  return {
    open() {
      if (open) return;
      open = true;
      if (state?.plan?.state) draw();
    },
    close,
    update(next) {
      state = next;
      const { plan } = next;
      element.hidden = !plan?.state;
      if (!plan?.state) return;
      list(plan);
      const key = `${plan.plan} ${plan.seq}`;
      if (key !== seen && open) draw();
      seen = key;
    },
    unmount: close,
  };
}
