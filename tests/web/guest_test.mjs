// Guests in the browser: a surgeon invites by a link, a phone walks in and plans, another looks
// on and has nothing to change anything with, the owner reads who opened what, and revokes.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { DESK, PHONE, planOf, sees, settled, startPeople } from './people.mjs';
import { startStand } from './stand.mjs';

const OTHER_PHONE = { ...PHONE, locale: 'en-GB', colorScheme: 'light' };

const stand = await startStand();
const { open, logIn, person, check, picture, faults, barriers, stop } = await startPeople(stand, {
  cut: '.pane, .card, .notice, dialog, dialog li, #header, button, .case-head',
  small: 'dialog.guests button, dialog.guests select, dialog.guests label.check, .page button', least: [0, 43.5],
  patience: 120000, // of a machine that does other things besides
  watch: (page, say) => page.on('request', (request) => { if (request.url().includes('/guest/')) say(`the token went out: ${request.method()}`); }),
});
test.after(async () => {
  await stop();
  await stand.stop();
});

let desk;
let caseId;
const links = {};
const phones = {};

async function sendFilm(page, name, projection) {
  const bytes = readFileSync(join(stand.folder, 'cohort', 'case_0', name)).toString('base64');
  const status = await page.evaluate(async ({ id, text, view }) => {
    const data = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    const call = async (method, path, body, headers = {}) => (await fetch(`/api/v1${path}`, { method, body, headers })).json();
    const upload = await call('POST', `/cases/${id}/uploads`, JSON.stringify({ bytes: data.length, kind: 'film' }));
    await call('PATCH', `/uploads/${upload.id}`, data, { 'Upload-Offset': '0' });
    const { pending } = await call('POST', `/uploads/${upload.id}/finish`);
    const answer = await fetch(`/api/v1/pending/${pending.id}/confirm`, { method: 'POST', body: JSON.stringify({ no_name_visible: true, projection: view }) });
    return answer.status;
  }, { id: caseId, text: bytes, view: projection });
  assert.equal(status, 201);
}

async function invite(page, name, may) {
  const dialog = page.locator('dialog.guests');
  if (!await dialog.isVisible()) await page.click('[data-part=guests] button');
  await dialog.waitFor();
  const form = dialog.locator('[data-part=guests]');
  await form.locator('[data-part=name]').first().fill(name);
  await form.locator(`input[value=${may}]`).check();
  await form.locator('[data-part=make]').click();
  await dialog.locator('[data-part=made]', { hasText: name }).waitFor();
  const link = await dialog.locator('[data-part=link]').inputValue();
  assert.match(link, new RegExp(`^${stand.origin}/#/guest/[0-9a-f]{64}$`));
  return link;
}

test('a case with bones and a plan', async () => {
  await stand.osteon('cohort', '1', '-o', join(stand.folder, 'cohort'), '--seed', '7', '--sample');
  desk = await person('surgeon', DESK);
  caseId = await desk.evaluate(async () => (await (await fetch('/api/v1/cases', { method: 'POST', body: JSON.stringify({ side: 'left' }) })).json()).id);
  await sendFilm(desk, 'pa.dcm', 'pa');
  await sendFilm(desk, 'lateral.dcm', 'lateral');
  await desk.evaluate(async (id) => fetch(`/api/v1/cases/${id}/jobs`, { method: 'POST', body: JSON.stringify({ kind: 'recon' }) }), caseId);
  // Stress is not needed here, and takes its time.
  const done = () => desk.evaluate(async (id) => {
    const { plan, jobs } = await (await fetch(`/api/v1/cases/${id}`)).json();
    const busy = jobs.filter((job) => ['ready', 'running'].includes(job.state));
    for (const job of busy.filter((one) => one.kind === 'mech')) await fetch(`/api/v1/jobs/${job.id}/cancel`, { method: 'POST' });
    return Boolean(plan) && busy.length === 0;
  }, caseId);
  for (let i = 0; i < 300 && !await done(); i++) await desk.waitForTimeout(1000);
  await desk.goto(`${stand.origin}/#/case/${caseId}`);
  await settled(desk);
});

test('a surgeon invites, and the link is there once', async () => {
  links.plan = await invite(desk, '山田 太郎', 'plan');
  await check(desk, 'invitation on a desk');
  await picture(desk, 'desk_guests_link');
  await desk.locator('dialog.guests [data-part=close]').click();
  await desk.click('[data-part=guests] button');
  await desk.locator('dialog.guests .invited li').waitFor();
  assert.ok(await desk.locator('dialog.guests [data-part=made]').isHidden());
  assert.ok(!(await desk.content()).includes(links.plan.split('/').at(-1)), 'the token is nowhere on the page');
  await desk.locator('dialog.guests [data-part=close]').click();
});

test('a phone walks in by it: nothing happens before the button', async () => {
  const phone = await open('guest', PHONE, links.plan);
  phones.plan = phone;
  await phone.locator('[data-part=enter]').waitFor();
  assert.equal(new URL(phone.url()).hash, '#/guest', 'the token leaves the address');
  await check(phone, 'the door on a phone');
  await picture(phone, 'phone_guest_door');
  const before = await desk.evaluate(async (id) => (await (await fetch(`/api/v1/cases/${id}/accesses`)).json()).accesses.length, caseId);
  assert.equal(before, 0);
  await phone.click('[data-part=enter]');
  await phone.locator('[data-part=guest]', { hasText: 'Hospital A' }).waitFor();
  await settled(phone);
  await phone.locator('.tabs button[data-name=bones][aria-selected=true]').waitFor();
  await phone.waitForFunction(() => globalThis.osteonPage.stage()?.parts.includes('proximal'));
  await check(phone, 'the case as a guest on a phone');
  await picture(phone, 'phone_guest_case');
  assert.match(await phone.locator('[data-part=guest]').innerText(), /共同計画/);
  const tabs = await phone.locator('.tabs button').evaluateAll((all) => all.map((b) => b.dataset.name));
  assert.ok(['bones', 'films', 'numbers', 'plan'].every((name) => tabs.includes(name)) && !tabs.includes('files'), String(tabs));
  assert.ok(await phone.locator('.tabs button[data-name=stress]').isHidden(), 'nothing was computed, nothing can be asked for');
  assert.ok(await desk.locator('.tabs button[data-name=stress]').count() === 1);
  assert.equal(await phone.locator('input[type=file], [data-part=upload] *, [data-part=files] *, dialog.guests').count(), 0);
  assert.ok(await phone.locator('[data-part=guests] button').isHidden());
  assert.equal(await phone.locator('[data-part=approve], [data-part=version]').count(), 0);
});

test('what he plans is seen by the owner as his', async () => {
  const phone = phones.plan;
  await phone.click('.tabs button[data-name=plan]');
  const before = await planOf(desk);
  await phone.locator('.stepper button').nth(1).click();
  await phone.waitForFunction((seq) => globalThis.osteonPage.plan().seq > seq && globalThis.osteonPage.plan().waiting === 0, before.seq);
  const mine = await planOf(phone);
  await sees(desk, mine.hash);
  const seen = await planOf(desk);
  assert.equal(seen.by.name, '山田 太郎');
  assert.equal(seen.by.role, 'guest');
  await desk.locator('.person', { hasText: '山田 太郎' }).waitFor();
  assert.match(await desk.locator('.person', { hasText: '山田 太郎' }).innerText(), /guest/);
  await check(phone, 'the plan as a guest on a phone');
  await picture(phone, 'phone_guest_plan');
  await picture(desk, 'desk_guest_in_case');
});

test('who may look sees it live and has nothing to change it with', async () => {
  links.view = await invite(desk, 'E. Visitor', 'view');
  await desk.locator('dialog.guests [data-part=close]').click();
  const page = await open('guest', OTHER_PHONE, links.view);
  phones.view = page;
  await page.click('[data-part=enter]');
  await settled(page);
  await page.waitForFunction(() => document.querySelectorAll('.film').length > 0);
  const controls = await page.evaluate(() => [...document.querySelectorAll('main button, main select, main input, main textarea')]
    .filter((node) => !node.closest('.tabs, .stage-pane, .people, [data-part=guests]'))
    .map((node) => node.dataset.part ?? node.dataset.tool ?? node.dataset.film ?? node.textContent));
  // What shows or hides, and the words that only a surgeon of the house may say, hidden.
  const shown = await page.locator('main button:visible, main select:visible, main input:visible').evaluateAll((all) => all
    .filter((node) => !node.closest('.tabs, .stage-pane, .people')).map((node) => node.dataset.part));
  assert.ok(!controls.some((name) => ['undo', 'redo', 'approve', 'version', 'propose', 'kind', 'mark', 'bone', 'step', 'fragment', 'plane', 'landmark', 'outline', 'turn'].includes(name)), String(controls));
  assert.equal(await page.locator('.stepper, .nudge, input[type=file]').count(), 0);
  assert.ok(shown.every((part) => ['outlines', 'near', 'look'].includes(part)), String(shown));
  await desk.locator('.stepper button').nth(3).click();
  await settled(desk);
  await sees(page, (await planOf(desk)).hash);
  // Whatever the page's own objects are told to send, the service keeps nothing of it.
  const before = await planOf(desk);
  await page.evaluate(() => {
    const session = globalThis.osteonPage.session();
    session.tag('mine', 'approved');
    session.set('fragment', 'motion', { r: [1, 0, 0, 0, 1, 0, 0, 0, 1], t: [0, 0, 9] });
    session.undo();
    session.transact([{ op: 'remove', object: 'fragment' }]);
  });
  await page.waitForFunction(() => globalThis.osteonPage.plan().conflicts.length >= 4);
  await settled(page);
  assert.equal((await planOf(desk)).seq, before.seq);
  assert.equal((await planOf(page)).hash, before.hash);
  for (const tab of ['numbers', 'plan', 'films', 'bones']) {
    await page.click(`.tabs button[data-name=${tab}]`);
    await check(page, `${tab} as a guest who looks`);
    await picture(page, `phone_visitor_${tab}`);
  }
  await page.setViewportSize(DESK.viewport);
  await page.waitForTimeout(1000);
  await check(page, 'the case as a guest on a desk');
  await picture(page, 'desk_visitor');
  await page.setViewportSize(OTHER_PHONE.viewport);
});

test('the owner reads who opened what, at the desk and on a phone', async () => {
  await desk.waitForTimeout(6500); // refused messages are told together, every few seconds
  await desk.click('[data-part=guests] button');
  const dialog = desk.locator('dialog.guests');
  await dialog.locator('.accesses li').first().waitFor();
  const text = await dialog.locator('.accesses').innerText();
  for (const what of ['山田 太郎', 'E. Visitor', 'Came in by the link', 'Opened the case', 'Opened a film', 'Opened a file: result.json', 'Looked at the plan, live', 'Refused: a change of the plan']) assert.ok(text.includes(what), `${what} in ${text}`);
  assert.equal(await dialog.locator('[data-part=guests] .invited li').count(), 2);
  await check(desk, 'the list on a desk');
  await picture(desk, 'desk_guests');
  const phone = await person('surgeon', PHONE);
  await phone.goto(`${stand.origin}/#/case/${caseId}`);
  await settled(phone);
  await check(phone, 'the owner\'s case on a phone');
  await picture(phone, 'phone_owner_case');
  await phone.click('[data-part=guests] button');
  await phone.locator('dialog.guests .accesses li').first().waitFor();
  await check(phone, 'the list on a phone');
  await picture(phone, 'phone_guests');
  await phone.locator('dialog.guests .accesses').scrollIntoViewIfNeeded();
  await picture(phone, 'phone_guests_accesses');
  await phone.context().close();
});

test('revoked under his hands, the guest is told and the case is gone', async () => {
  const page = phones.view;
  const line = desk.locator('dialog.guests .invited li', { hasText: 'E. Visitor' });
  await line.locator('[data-part=revoke]').click();
  const question = desk.locator('dialog', { hasText: 'Revoke the invitation of E. Visitor?' }).last();
  await question.waitFor();
  await check(desk, 'the question before revoking');
  await question.locator('[data-part=yes]').click();
  await page.locator('h1', { hasText: 'Your visit has ended' }).waitFor();
  assert.equal(await page.locator('.case, canvas, img.film').count(), 0);
  await check(page, 'the end on a phone');
  await picture(page, 'phone_guest_over');
  await page.goto(`${stand.origin}/#/case/${caseId}`);
  await page.reload();
  await page.locator('input[type=email]').waitFor();
  await page.goto(links.view);
  await page.click('[data-part=enter]');
  await page.locator('[role=alert]', { hasText: 'has ended or was taken back' }).waitFor();
  await check(page, 'a revoked link on a phone');
  await picture(page, 'phone_guest_revoked');
  await line.locator('[data-part=state]', { hasText: 'revoked' }).waitFor();
  await desk.locator('dialog.guests [data-part=close]').click();
});

test('a guest comes back after a reload, leaves, and walks in again elsewhere', async () => {
  const phone = phones.plan;
  await phone.reload();
  await settled(phone);
  assert.equal(new URL(phone.url()).hash, `#/case/${caseId}`);
  await phone.goto(`${stand.origin}/#/`); // there is no list for him
  await settled(phone);
  const staff = await person('engineer', OTHER_PHONE);
  await staff.goto(links.plan);
  await staff.locator('[data-part=signed]', { hasText: 'engineer' }).waitFor();
  await check(staff, 'the door for somebody who is logged in');
  await picture(staff, 'phone_guest_signed_in');
  await staff.click('[data-part=enter]');
  await staff.locator('[data-part=guest]').waitFor();
  await phone.locator('h1', { hasText: '訪問は終了しました' }).waitFor();
  await staff.locator('#header [data-part=out]').click();
  await staff.locator('h1', { hasText: 'Your visit has ended' }).waitFor();
  for (const width of [320, 1440]) {
    await staff.setViewportSize({ width, height: 800 });
    await staff.goto(links.plan);
    await staff.locator('[data-part=enter]').waitFor();
    await check(staff, `the door at ${width} px`);
    await picture(staff, `guest_door_${width}`);
  }
  await desk.setViewportSize({ width: 320, height: 800 });
  await desk.click('[data-part=guests] button');
  await desk.locator('dialog.guests .accesses li').first().waitFor();
  await check(desk, 'the list at 320 px');
  await picture(desk, 'guests_320');
});

test('nobody is kept out, no page failed, and the token went nowhere', () => {
  assert.deepEqual(faults, []);
  assert.deepEqual(barriers, []);
});
