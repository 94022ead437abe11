// Mechanics one can ask for: choose a study, see it computed, stop it, and set two results
// side by side on one scale of colours. Each picture names what it can be trusted for.
import { filePath, get, getBytes, post } from '../net/api.js';
import { errorText, has, numberText, t } from '../i18n/i18n.js';
import { filesOf, FIRST, keyOf, pendingOf, resultsOf } from '../state/studies.js';
import { legendGradient, QUANTITIES } from '../viewer/colours.js';
import { createPair } from '../viewer/pair.js';
import { mountJobLines } from './jobs.js';
import { mountJoint } from './joint.js';
import { howText, lawText, studyText, trustText } from './numbers.js';
import { busy, fill, toast } from './part.js';
import { TURNS } from '../viewer/turn.js';

const STATES = ['before', 'planned'];
const SHOWN = ['stress', 'displacement'];

// A fresh gap and what holds it are a plan's: the bone as it is has neither.
const ofPlan = (study) => Boolean(study) && (study.gap_mpa > 0 || (study.fixation ?? 'none') !== 'none');
const isFresh = (fem) => fem?.gap_mpa > 0;

const stateText = (planned) => t(planned ? 'stress.planned' : 'stress.before');

function loadText({ load, load_n: force, moment_nmm: moment }) {
  if (load === 'couple') return moment ? `${(Math.hypot(...moment) / 1000).toFixed(1)}\u00a0N·m` : '';
  return Number.isFinite(force) ? `${force.toFixed(0)}\u00a0N` : '';
}

// What is set beside each other; each takes a fem.json and gives a number, or nothing.
const ROWS = [
  { name: 'peak', unit: 'MPa', digits: 1, of: (fem) => fem.peak_von_mises_mpa?.value,
    spread: ({ peak_von_mises_mpa: peak }) => (peak && peak.high > peak.low ? `${peak.low.toFixed(1)}–${peak.high.toFixed(1)}` : '') },
  { name: 'p99', unit: 'MPa', digits: 1, of: (fem) => fem.p99_von_mises_mpa },
  { name: 'moves', unit: 'mm', digits: 3, of: (fem) => fem.max_displacement_mm },
  { name: 'scaphoid', unit: 'MPa', digits: 2, of: (fem) => fem.scaphoid_fossa?.peak_mpa ?? fem.contact?.scaphoid_peak_mpa },
  { name: 'lunate', unit: 'MPa', digits: 2, of: (fem) => fem.lunate_fossa?.peak_mpa ?? fem.contact?.lunate_peak_mpa },
  { name: 'plate', unit: 'MPa', digits: 0, of: (fem) => fem.materials?.plate?.p99_mpa },
  { name: 'screw', unit: 'MPa', digits: 0, of: (fem) => fem.materials?.screw?.p99_mpa },
  { name: 'ulna', unit: 'MPa', digits: 1, of: (fem) => fem.materials?.ulna?.p99_mpa },
  { name: 'gap', unit: '%', digits: 2, of: (fem) => (fem.materials?.gap ? (100 * fem.materials.gap.mean_mpa) / fem.materials.gap.modulus_mpa : undefined) },
  { name: 'failure', digits: 0, of: (fem) => fem.failure?.coulomb_mohr?.load, unitOf: (fem) => fem.failure?.coulomb_mohr?.unit },
  { name: 'yield', digits: 0, of: (fem) => fem.yielding?.failure_load, unitOf: (fem) => fem.yielding?.unit },
];

function cellText(row, fem) {
  const value = fem ? row.of(fem) : undefined;
  return Number.isFinite(value) ? numberText(value, row.unit ?? row.unitOf(fem), undefined, row.digits) : '–';
}

// Right against left, where both say the same thing in the same unit.
function changeText(row, [left, right]) {
  const [a, b] = [left && row.of(left), right && row.of(right)];
  if (!Number.isFinite(a) || !Number.isFinite(b) || a === 0 || (row.unitOf && row.unitOf(left) !== row.unitOf(right))) return '–';
  const percent = Math.round(100 * (b / a - 1));
  return `${percent === 0 ? '±' : percent < 0 ? '−' : '+'}${Math.abs(percent)}\u00a0%`;
}

export function mountStress(element, { caseId, onChange }) {
  const parts = fill(element, `
    <section class="card stack stress">
      <h2 data-i18n="stress.title"></h2>
      <div class="stack" data-part="mechAsk">
        <div class="pair-fields"><label class="field"><span data-i18n="stress.study"></span><select data-part="mechStudy"></select></label>
          <label class="field"><span data-i18n="stress.state"></span><select data-part="mechState"></select></label></div>
        <p class="small quiet" data-part="mechAbout"></p>
        <button class="main" data-part="mechGo" data-i18n="stress.go"></button>
      </div>
      <ul class="stack" data-part="mechJobs" aria-live="polite"></ul>
      <div class="stack" data-part="compare">
        <h3 data-i18n="stress.compare"></h3>
        <div class="pair-fields"><label class="field"><span data-i18n="stress.left"></span><select data-part="left"></select></label>
          <label class="field"><span data-i18n="stress.right"></span><select data-part="right"></select></label></div>
        <div class="pair" data-part="mechPair" role="application" tabindex="0" data-i18n-aria-label="stress.picture"></div>
        <p class="notice warn" hidden data-part="mechFailed"></p>
        <div class="pair-fields trust"><p class="small" data-part="trust0"></p><p class="small" data-part="trust1"></p></div>
        <div class="row scale"><label class="inline"><span class="unseen" data-i18n="stage.colour"></span><select data-part="shown"></select></label>
          <span data-part="mechLow"></span><span class="ramp" data-part="mechRamp"></span>
          <label class="inline"><span class="unseen" data-i18n="legend.top"></span><select data-part="mechTop"></select></label></div>
        <p class="tag warn" hidden data-part="mechSimulated" data-i18n="films.simulated"></p>
        <table><thead><tr><th scope="col"><span class="unseen" data-i18n="stress.title"></span></th><th scope="col" data-i18n="stress.left"></th>
          <th scope="col" data-i18n="stress.right"></th><th scope="col" data-i18n="stress.change"></th></tr></thead><tbody data-part="mechRows"></tbody></table>
        <p class="small quiet" data-part="mechNote"></p>
        <div data-part="mechJoint" hidden></div>
      </div>
    </section>`);

  let studies = [];
  let state = { jobs: [], files: [], may: [] };
  let results = [];
  let sides = ['', '']; // keys of results
  let tops = {};
  const fems = new Map(); // by job
  const joints = new Map(); // by job: the joint's surface, null where there is none
  const drawn = ['', ''];
  let pair = null;
  let looked = false;
  let alive = true;

  const joint = mountJoint(parts.mechJoint);
  const selects = [parts.left, parts.right];
  parts.mechRamp.style.backgroundImage = legendGradient();
  parts.mechState.replaceChildren(...STATES.map((name) => new Option(t(`stress.${name}`), name)));
  parts.shown.replaceChildren(...SHOWN.map((name) => new Option(t(`colour.${name}`), name)));
  const jobs = mountJobLines(parts.mechJobs, (job) => `${studyText(job.study)} · ${stateText(job.planned)}`);

  // Who may not ask for one needs no list of them.
  let asked = false;
  function loadStudies() {
    if (asked || !state.may.includes('run')) return;
    asked = true;
    get('/studies').then((answer) => {
      studies = answer.studies;
      if (alive) show();
    }).catch((error) => toast(errorText(error)));
  }

  const wanted = () => keyOf(parts.mechStudy.value, parts.mechState.value === 'planned');
  const textOf = ({ key, study, planned }) => {
    const name = study ?? fems.get(results.find((one) => one.key === key)?.job.id)?.study;
    return `${name ? studyText(name) : t('stress.first')} · ${stateText(planned)}`;
  };

  // The first study of all is what was computed with the bones: it is not asked for again.
  function doneAs(key) {
    const first = results.find((one) => one.key === FIRST);
    const same = first && fems.get(first.job.id)?.study;
    return results.find((one) => one.key === key) ?? (key === keyOf(same, false) ? first : undefined);
  }

  parts.mechGo.addEventListener('click', () => busy(parts.mechGo, async () => {
    const done = doneAs(wanted());
    if (done) {
      setSide(1, done.key);
      return;
    }
    await post(`/cases/${caseId}/jobs`, { kind: 'mech', study: parts.mechStudy.value, state: parts.mechState.value });
    onChange();
  }, (error) => toast(errorText(error))).then(show));
  for (const select of [parts.mechStudy, parts.mechState]) select.addEventListener('change', show);
  selects.forEach((select, i) => select.addEventListener('change', () => setSide(i, select.value)));
  parts.shown.addEventListener('change', paint);
  parts.mechTop.addEventListener('change', () => {
    tops = { ...tops, [parts.shown.value]: Number(parts.mechTop.value) };
    paint();
  });
  parts.mechPair.addEventListener('keydown', (event) => {
    if (!TURNS[event.key]) return;
    event.preventDefault();
    pair?.turn(...TURNS[event.key]);
  });

  function setSide(i, key) {
    sides = sides.map((old, at) => (at === i ? key : old));
    show();
  }

  // Graphics are taken when somebody looks: a phone has few of them to give.
  const seen = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting) || pair) return;
    try {
      pair = createPair(parts.mechPair);
    } catch {
      parts.mechPair.textContent = t('stage.no_webgl');
      seen.disconnect();
      return;
    }
    show();
  });
  seen.observe(parts.mechPair);

  async function fill3d() {
    for (const i of [0, 1]) {
      const result = results.find((one) => one.key === sides[i]);
      const mark = result ? `${result.key} ${result.job.id}` : '';
      if (!pair || drawn[i] === mark) continue;
      drawn[i] = mark;
      const bytes = result ? await getBytes(filePath(caseId, filesOf(result.key).fields)).catch(() => null) : null;
      if (!alive || drawn[i] !== mark) return;
      await pair.setSide(i, sides[i], bytes);
      if (!looked && bytes && state.result?.anatomy) {
        pair.look(state.result.anatomy);
        looked = true;
      }
      paint();
    }
  }

  function paint() {
    const name = parts.shown.value;
    const chosen = tops[name] ?? 0;
    const scale = pair?.setScale(name, chosen) ?? QUANTITIES[name];
    const most = (top) => `≥ ${top}\u00a0${scale.unit}`;
    parts.mechLow.textContent = `0\u00a0${scale.unit}`;
    parts.mechTop.replaceChildren(new Option(chosen === 0 ? t('legend.auto', { most: most(scale.high) }) : t('legend.fit'), '0', false, chosen === 0),
      ...scale.tops.map((top) => new Option(most(top), String(top), false, top === chosen)));
  }

  // What could not be fetched is asked for again when somebody looks again, not at once.
  async function load(into, file, wants, read, then) {
    for (const { key, job } of results) {
      if (into.has(job.id) || !wants(key)) continue;
      into.set(job.id, null);
      const found = await get(filePath(caseId, filesOf(key)[file])).catch(() => null);
      if (!alive) return;
      if (!found) {
        into.delete(job.id);
        continue;
      }
      into.set(job.id, read(found));
      then();
    }
  }

  const showJoint = () => joint.show(sides.map((key) => joints.get(results.find((one) => one.key === key)?.job.id) ?? null),
    sides.some((key) => femOf(key)?.cartilage_mm > 0));

  const femOf = (key) => fems.get(results.find((one) => one.key === key)?.job.id) ?? null;

  // What a picture can be trusted for stands with it, whoever looks and wherever it goes.
  function tell(i) {
    const fem = femOf(sides[i]);
    const node = parts[`trust${i}`];
    if (!fem) {
      node.textContent = '';
      return;
    }
    const load = fem.load === 'couple' ? loadText({ load: 'couple', moment_nmm: fem.end?.moment_nmm ?? fem.moment_nmm }) : loadText(fem);
    node.textContent = [`${studyText(fem.study)} ${load}`.trim(), stateText(fem.state === 'planned'), lawText(fem.law), trustText(fem), t('stress.density', { how: howText({ how: fem.density_how }) })].join(' · ');
  }

  function rows() {
    const both = sides.map(femOf);
    parts.mechRows.replaceChildren(...ROWS.filter((row) => both.some((fem) => fem && Number.isFinite(row.of(fem)))).map((row) => {
      const line = document.createElement('tr');
      const head = document.createElement('th');
      head.scope = 'row';
      head.textContent = t(`stress.row_${row.name}`);
      const cells = both.map((fem) => {
        const cell = document.createElement('td');
        cell.className = 'number';
        cell.textContent = cellText(row, fem);
        const spread = fem && row.spread?.(fem);
        if (spread) {
          const under = document.createElement('div');
          under.className = 'small quiet';
          under.textContent = spread;
          cell.append(under);
        }
        return cell;
      });
      const change = document.createElement('td');
      change.className = 'number';
      change.textContent = changeText(row, both);
      line.append(head, ...cells, change);
      return line;
    }));
    const bad = both.filter((fem) => fem && fem.reason !== 'converged');
    parts.mechFailed.hidden = bad.length === 0;
    if (bad.length > 0) parts.mechFailed.textContent = t('stress.not_converged', { reason: t(`solve.${bad[0].reason}`) });
    const healed = both.filter((fem) => fem?.state === 'planned' && !isFresh(fem));
    const plated = healed.some((fem) => fem.fixation);
    const bare = healed.some((fem) => !fem.fixation);
    parts.mechNote.textContent = [both.some(isFresh) && t('stress.note_fresh'), bare && t('stress.note_planned'), plated && t('stress.note_plated'), t('stress.note')].filter(Boolean).join(' ');
  }

  function options(select, key) {
    select.replaceChildren(...results.map((one) => new Option(textOf(one), one.key, false, one.key === key)));
    select.value = key;
  }

  function show() {
    const { jobs: all, files, may, plan } = state;
    const study = parts.mechStudy.value;
    if (parts.mechStudy.options.length !== studies.length) {
      parts.mechStudy.replaceChildren(...studies.map(({ name }) => new Option(studyText(name), name)));
      if (study) parts.mechStudy.value = study;
    }
    results = resultsOf(all, files);
    parts.mechAsk.hidden = !may.includes('run') || studies.length === 0;
    const about = studies.find(({ name }) => name === parts.mechStudy.value);
    parts.mechState.querySelector('[value=planned]').disabled = !plan?.state;
    parts.mechState.querySelector('[value=before]').disabled = ofPlan(about);
    if (ofPlan(about)) parts.mechState.value = 'planned';
    else if (!plan?.state) parts.mechState.value = 'before';
    const lacksPlan = ofPlan(about) && !plan?.state;
    const key = wanted();
    const pending = pendingOf(all, key);
    const running = pending && pending.state !== 'failed';
    parts.mechAbout.textContent = about ? [has(`study.${about.name}.about`) ? t(`study.${about.name}.about`) : '', loadText(about), lacksPlan ? t('stress.lacks_plan') : ''].filter(Boolean).join(' ') : '';
    parts.mechGo.textContent = t(doneAs(key) ? 'stress.show' : 'stress.go');
    if (parts.mechGo.getAttribute('aria-busy') !== 'true') parts.mechGo.disabled = Boolean(running) || lacksPlan;
    jobs.update(all.filter((job) => job.kind === 'mech' && job.study && pendingOf(all, keyOf(job.study, job.planned)) === job));
    parts.compare.hidden = results.length === 0;
    // What is new is looked at beside what was there.
    const latest = results.reduce((best, one) => (Number(one.job.id) > Number(best?.job.id ?? 0) ? one : best), null);
    sides = [results[0], latest].map((usual, i) => (results.some((one) => one.key === sides[i]) ? sides[i] : usual?.key ?? ''));
    selects.forEach((select, i) => options(select, sides[i]));
    tell(0);
    tell(1);
    rows();
    fill3d();
    load(fems, 'fem', () => true, (fem) => fem, show);
    load(joints, 'joint', (key) => sides.includes(key), (found) => found.whole ?? null, showJoint).then(showJoint);
  }

  let hadKeys = '';
  return {
    report: () => pair?.report() ?? null,
    update(next) {
      state = next;
      loadStudies();
      element.hidden = !next.result || !next.files?.includes('fem.json');
      parts.mechSimulated.hidden = next.result?.simulated !== true;
      if (element.hidden) return;
      // A study that has just come stands on the right.
      const now = resultsOf(next.jobs, next.files).map(({ key, job }) => `${key}:${job.id}`);
      const fresh = now.find((one) => hadKeys !== '' && !hadKeys.split(' ').includes(one) && !one.startsWith(FIRST));
      hadKeys = now.join(' ');
      if (fresh) sides = [sides[0], fresh.split(':')[0]];
      show();
    },
    unmount() {
      alive = false;
      seen.disconnect();
      pair?.dispose();
    },
  };
}
