// Mechanics on the page, by a real worker: a phone asks for a study, sees it computed, stops
// one, and sets two results side by side; a desk looks at what the plan makes of the load.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { Api } from './made_case.mjs';
import { DESK, PHONE, startPeople } from './people.mjs';
import { startStand } from './stand.mjs';

const SLOW = 240000;

const stand = await startStand();
const { person, check, picture, faults, barriers, stop } = await startPeople(stand, {
  cut: '.pane, .card, .notice, button, td, th, label, .trust p', small: '.stress button, .stress select',
});
test.after(async () => {
  await stop();
  await stand.stop();
});

let phone;
let made;
const stress = (page) => page.locator('.stress');
const pairOf = (page) => page.evaluate(() => globalThis.osteonPage.stress());
const drawn = (page, names) => page.waitForFunction((wanted) => {
  const pair = globalThis.osteonPage.stress();
  return pair && JSON.stringify(pair.names) === JSON.stringify(wanted) && pair.vertices.every((n) => n > 1000);
}, names, { timeout: 60000 });
const fileOf = (page, name) => page.evaluate(async (path) => (await fetch(path)).json(), `/api/v1/cases/${made.id}/files/${name}`);

test('a phone finds the studies of the folder, in its language', async () => {
  phone = await person('surgeon', PHONE);
  await stand.osteon('cohort', '1', '-o', join(stand.folder, 'cohort'), '--seed', '7', '--sample');
  made = await new Api(stand.origin, phone.request).madeCase(join(stand.folder, 'cohort', 'case_0'), 'left');
  await phone.goto(`${stand.origin}/#/case/${made.id}`);
  await phone.click('[role=tab][data-name=stress]');
  await phone.locator('[data-part=mechStudy] option[value=grip]').waitFor({ state: 'attached' });
  const names = await phone.locator('[data-part=mechStudy] option').allInnerTexts();
  assert.ok(names.length >= 10 && names.includes('握り') && names.includes('ねじり'), names.join(' '));
  assert.ok(names.every((name) => /[぀-ヿ一-鿿]/.test(name)), 'a study has no name in the page’s language');
  await stress(phone).locator('[data-part=mechRows] tr').first().waitFor();
  await phone.locator('[data-part=mechPair]').scrollIntoViewIfNeeded();
  await drawn(phone, ['first', 'first']);
  await check(phone, 'stress on a phone');
});

test('a study is asked for, its progress is seen, and it stands beside the first one', async () => {
  await phone.selectOption('[data-part=mechStudy]', 'fall_dorsal');
  assert.match(await phone.locator('[data-part=mechAbout]').innerText(), /30°.*1000\s?N/);
  await phone.click('[data-part=mechGo]');
  const bar = phone.locator('[data-part=mechJobs] progress');
  await bar.waitFor({ timeout: 20000 });
  assert.ok(await phone.locator('[data-part=mechGo]').isDisabled(), 'the same is not asked for twice');
  assert.match(await phone.locator('[data-part=mechJobs]').innerText(), /転倒 \(手掌・背屈\)/);
  assert.doesNotMatch(await phone.locator('[data-part=mechJobs]').innerText(), /[a-z]{4}/, 'progress is said in the language of the page');
  await check(phone, 'a study in work on a phone');
  await picture(phone, 'phone_stress_progress');
  await drawn(phone, ['first', 'study_fall_dorsal']);
  await bar.waitFor({ state: 'detached', timeout: 10000 });
  const [first, fall] = [await fileOf(phone, 'fem.json'), await fileOf(phone, 'study_fall_dorsal.fem.json')];
  assert.equal(first.study, 'axial');
  assert.equal(fall.study, 'fall_dorsal');
  assert.equal(fall.state, 'before');
  const cells = await phone.locator('[data-part=mechRows] tr >> nth=0 >> td').allInnerTexts();
  assert.ok(cells[0].startsWith(first.peak_von_mises_mpa.value.toFixed(1)) && cells[1].startsWith(fall.peak_von_mises_mpa.value.toFixed(1)), cells.join(' '));
  const percent = 100 * (fall.peak_von_mises_mpa.value / first.peak_von_mises_mpa.value - 1);
  assert.equal(cells[2], `+${percent.toFixed(0)}\u00a0%`);
});

test('each picture names convergence, residual, reactions, calibration and law', async () => {
  for (const [i, file] of ['fem.json', 'study_fall_dorsal.fem.json'].entries()) {
    const text = await phone.locator(`[data-part=trust${i}]`).innerText();
    const fem = await fileOf(phone, file);
    for (const word of ['収束', `残差 ${fem.relative_residual.toExponential(0).replace('-', '−')}`, `反力誤差 ${fem.reaction_error.toExponential(0).replace('-', '−')}`, '相対値 (未校正)', 'Keyak 1998', `${fem.load_n}`])
      assert.ok(text.includes(word), `${word} is missing: ${text}`);
    assert.equal(fem.reason, 'converged');
    assert.ok(fem.relative_residual <= 1e-8 && fem.reaction_error < 1e-6);
  }
  await phone.click('[role=tab][data-name=bones]');
  await phone.selectOption('[data-part=colour]', 'stress');
  const legend = await phone.locator('[data-part=unit]').innerText();
  for (const word of ['Keyak 1998', '収束', '残差', '反力誤差', '相対値 (未校正)']) assert.ok(legend.includes(word), `${word} is missing: ${legend}`);
  await phone.waitForTimeout(800);
  await check(phone, 'bones coloured by stress on a phone');
  await picture(phone, 'phone_stress_stage');
  await phone.click('[role=tab][data-name=stress]');
});

test('both pictures are on one scale, which can be chosen, and both turn together', async () => {
  const { high } = await pairOf(phone);
  const box = await phone.locator('[data-part=mechPair] canvas').boundingBox();
  assert.ok(box.width > 300, 'two pictures side by side fill a phone');
  await phone.locator('[data-part=mechPair]').scrollIntoViewIfNeeded();
  await phone.waitForTimeout(600);
  await picture(phone, 'phone_stress');
  await phone.selectOption('[data-part=mechTop]', '100');
  assert.equal((await pairOf(phone)).high, 100);
  await phone.selectOption('[data-part=mechTop]', '0');
  assert.equal((await pairOf(phone)).high, high);
  const look = () => phone.evaluate(() => document.querySelector('[data-part=mechPair] canvas').toDataURL());
  const before = await look();
  await phone.locator('[data-part=mechPair]').focus();
  await phone.keyboard.press('ArrowRight');
  await phone.waitForTimeout(400);
  assert.notEqual(await look(), before, 'arrow keys turn the pair');
  await phone.selectOption('[data-part=shown]', 'displacement');
  assert.equal((await pairOf(phone)).quantity, 'displacement');
  await phone.selectOption('[data-part=shown]', 'stress');
  await phone.locator('[data-part=mechRows]').scrollIntoViewIfNeeded();
  await phone.waitForTimeout(300);
  await check(phone, 'two results on a phone');
  await picture(phone, 'phone_stress_numbers');
});

// The process that computes, as soon as there is one.
async function station() {
  const worker = readFileSync(join(stand.folder, 'worker.pid'), 'utf8').trim();
  for (let n = 0; n < 400; n++) {
    const found = spawnSync('pgrep', ['-P', worker], { encoding: 'utf8' }).stdout.trim();
    if (found !== '') return Number(found.split('\n')[0]);
    await new Promise((done) => { setTimeout(done, 50); });
  }
  throw new Error('nothing is computed');
}

test('a study that is not wanted any more is stopped and leaves nothing', async () => {
  await phone.selectOption('[data-part=mechStudy]', 'contact');
  await phone.click('[data-part=mechGo]');
  const stop = phone.locator('[data-part=mechJobs] [data-part=stop]');
  await stop.waitFor({ timeout: 20000 });
  process.kill(await station(), 'SIGSTOP'); // or a quick machine is done before the word arrives
  await stop.click();
  await phone.locator('[data-part=mechJobs] li').waitFor({ state: 'detached', timeout: 20000 });
  const { jobs, files } = await phone.evaluate(async (path) => (await fetch(path)).json(), `/api/v1/cases/${made.id}`);
  assert.equal(jobs.find((job) => job.study === 'contact').state, 'cancelled');
  assert.ok(!files.some((name) => name.startsWith('study_contact')));
  await phone.waitForFunction(() => !document.querySelector('[data-part=mechGo]').disabled, null, { timeout: 10000 });
});

test('what is no study is refused by name', async () => {
  const ask = (json) => new Api(stand.origin, phone.request).send('POST', `/cases/${made.id}/jobs`, { json });
  for (const json of [{ kind: 'mech', study: 'nothing' }, { kind: 'mech', study: '../axial' }, { kind: 'recon', study: 'grip' }, { kind: 'mech', state: 'planned' }, { kind: 'mech', study: 'grip', state: 'after' }]) {
    const answer = await ask(json);
    assert.equal(answer.status, 400, JSON.stringify(json));
    assert.equal(answer.json.error.reason, 'study', JSON.stringify(json));
  }
});

test('a desk looks at what the plan makes of the load, beside the bone as it is', async () => {
  const desk = await person('engineer', DESK);
  await desk.goto(`${stand.origin}/#/case/${made.id}`);
  await desk.waitForFunction(() => globalThis.osteonPage?.plan()?.state, null, { timeout: 30000 });
  await desk.click('[data-part=propose]');
  await desk.waitForFunction(() => globalThis.osteonPage.plan().waiting === 0 && globalThis.osteonPage.plan().measures?.volar_tilt?.planned, null, { timeout: 30000 });
  await desk.selectOption('[data-part=mechStudy]', 'axial');
  await desk.selectOption('[data-part=mechState]', 'planned');
  await desk.click('[data-part=mechGo]');
  await desk.locator('[data-part=mechJobs] progress').waitFor({ timeout: 20000 });
  await desk.locator('[data-part=mechPair]').scrollIntoViewIfNeeded();
  await desk.waitForFunction(() => globalThis.osteonPage.stress()?.names[1] === 'planned_axial', null, { timeout: SLOW });
  await drawn(desk, ['first', 'planned_axial']);
  const [first, planned] = [await fileOf(desk, 'fem.json'), await fileOf(desk, 'planned_axial.fem.json')];
  assert.equal(planned.state, 'planned');
  assert.deepEqual(planned.direction, first.direction, 'the force keeps its way along the forearm');
  assert.match(planned.state_how, /no graft, no plate/);
  assert.equal(first.state_how, 'the bone as it is');
  // Both fossae stand where the plan has moved them, the shaft where it was.
  const motion = await desk.evaluate(() => globalThis.osteonPage.plan().state.objects.fragment.props.motion.value);
  for (const fossa of ['scaphoid_fossa', 'lunate_fossa']) {
    const { r, t } = motion;
    const before = first[fossa].centre;
    const wanted = [0, 1, 2].map((i) => r[i] * before[0] + r[3 + i] * before[1] + r[6 + i] * before[2] + t[i]);
    const off = Math.hypot(...wanted.map((x, i) => x - planned[fossa].centre[i]));
    assert.ok(Math.hypot(...wanted.map((x, i) => x - before[i])) > 1 && off < 1, `${fossa} lies ${off} mm from where the plan moves it`);
  }
  assert.equal(planned.reason, 'converged');
  assert.ok(planned.min_dihedral_deg > 10 && Math.abs(planned.volume_mm3 / first.volume_mm3 - 1) < 0.15, 'nothing folds');
  assert.match(await stress(desk).locator('[data-part=mechNote]').innerText(), /Graft and plate are left out/);
  assert.match(await desk.locator('[data-part=trust1]').innerText(), /as planned/);
  await desk.waitForTimeout(600);
  await check(desk, 'stress on a desk');
  await picture(desk, 'desk_stress');
  await desk.locator('[data-part=mechRows]').scrollIntoViewIfNeeded();
  await picture(desk, 'desk_stress_numbers');
  const maps = desk.locator('[data-part=jointMaps] svg');
  await maps.first().waitFor();
  assert.equal(await maps.count(), 4);
  const joint = await fileOf(desk, 'planned_axial.joint.json');
  assert.equal(await maps.nth(1).locator('rect').count(), joint.whole.cells.length);
  assert.ok((await desk.locator('[data-part=jointRows]').innerText()).includes(joint.whole.correlation.toFixed(2).replace('-', '−')));
  await desk.locator('[data-part=jointMaps]').scrollIntoViewIfNeeded();
  await picture(desk, 'desk_joint');
  // The day of the operation: a plate and a soft gap, of a plan alone.
  await desk.selectOption('[data-part=mechStudy]', 'plate');
  assert.ok(await desk.locator('[data-part=mechState] [value=before]').evaluate((option) => option.disabled));
  await desk.click('[data-part=mechGo]');
  await desk.waitForFunction(() => globalThis.osteonPage.stress()?.names[1] === 'planned_plate', null, { timeout: SLOW });
  await drawn(desk, ['first', 'planned_plate']);
  const fresh = await fileOf(desk, 'planned_plate.fem.json');
  assert.equal(fresh.reason, 'converged');
  assert.equal(fresh.fixation.plate, 'volar');
  assert.ok(fresh.materials.plate.p99_mpa > fresh.materials.bone.p99_mpa && fresh.materials.gap.volume_mm3 > 10);
  await desk.locator('[data-part=mechRows] th', { hasText: 'Plate, 99 % stay under' }).waitFor();
  assert.match(await stress(desk).locator('[data-part=mechNote]').innerText(), /Freshly cut/);
  await check(desk, 'a plate on a desk');
  await picture(desk, 'desk_plate');
  await desk.click('[data-part=language]');
  await desk.locator('h2', { hasText: '荷重条件ごとの応力' }).waitFor();
  await desk.setViewportSize({ width: 320, height: 700 });
  await desk.click('[role=tab][data-name=stress]');
  await desk.locator('[data-part=mechPair]').scrollIntoViewIfNeeded();
  await drawn(desk, ['first', 'planned_plate']);
  await check(desk, 'stress at 320 px');
  await picture(desk, 'narrow_stress');
  await desk.context().close();
});

test('no page failed, nobody is kept out', () => {
  assert.deepEqual(faults, []);
  assert.deepEqual(barriers, []);
});
