// The whole way as people walk it: a phone sends two films and opens the bones, a desk
// moves the same plan, both end with the same state; the guide comes out closed; another
// hospital sees nothing. Pictures of each station are left in OSTEON_SCREENSHOTS.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import test from 'node:test';
import { startStand } from './stand.mjs';
import { closedEdges } from './stl.mjs';

const require = createRequire(join(process.env.OSTEON_WEB_MODULES ?? 'build/web_tests', 'x.js'));
const { chromium } = require('playwright-core');
const axeSource = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const pictures = process.env.OSTEON_SCREENSHOTS ?? 'build/screenshots';
mkdirSync(pictures, { recursive: true });

const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true, locale: 'ja-JP', colorScheme: 'dark' };
const DESK = { viewport: { width: 1440, height: 900 }, locale: 'en-GB', colorScheme: 'light' };
const SLOW = 300000;

const stand = await startStand();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-dev-shm-usage', '--use-angle=swiftshader', '--enable-unsafe-swiftshader',
    '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'],
});
test.after(async () => {
  await browser.close();
  await stand.stop();
});

const faults = [];
const barriers = []; // what keeps somebody from using a page, gathered over the whole walk
async function person(name, device) {
  const context = await browser.newContext({ ...device, ignoreHTTPSErrors: true, acceptDownloads: true });
  const page = await context.newPage();
  page.on('pageerror', (error) => faults.push(`${name}: ${error.message}`));
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (!['blob:', 'data:'].includes(url.protocol) && url.host !== new URL(stand.origin).host) faults.push(`${name} asked ${url.host}`);
  });
  await page.goto(stand.origin);
  await page.fill('input[type=email]', stand.people[name].email);
  await page.fill('input[type=password]', stand.people[name].password);
  await page.click('form button.main');
  await page.waitForSelector('.cases', { state: 'attached' });
  return page;
}

const picture = (page, name) => page.screenshot({ path: join(pictures, `${name}.png`) });

async function check(page, where) {
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (overflow > 0) barriers.push(`${where}: ${overflow} px wider than the window`);
  await page.evaluate(axeSource);
  const found = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] }));
  barriers.push(...found.violations.map((v) => `${where}: ${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`));
}

const planOf = (page) => page.evaluate(() => {
  const plan = globalThis.osteonPage?.plan();
  return plan ? { hash: plan.hash, seq: plan.seq, waiting: plan.waiting, status: plan.status, volar: plan.measures?.volar_tilt } : null;
});
const settled = (page) => page.waitForFunction(() => {
  const plan = globalThis.osteonPage?.plan();
  return plan?.status === 'live' && plan.waiting === 0 && plan.state;
}, null, { timeout: 30000 });

let phone;
let desk;
let address;

test('a phone sends two films, reviews them and opens the bones', async () => {
  await stand.osteon('cohort', '1', '-o', join(stand.folder, 'cohort'), '--seed', '7', '--sample');
  const films = ['pa.dcm', 'lateral.dcm'].map((name) => join(stand.folder, 'cohort', 'case_0', name));
  phone = await person('surgeon', PHONE);
  await check(phone, 'case list on a phone');
  await picture(phone, 'phone_list');
  await phone.check('input[value=left]');
  await phone.click('form button.main');
  await phone.waitForSelector('.case input[type=file]', { state: 'attached' });
  address = phone.url();
  await phone.setInputFiles('.case input[type=file] >> nth=0', films);
  for (const projection of ['pa', 'lateral']) {
    const dialog = phone.locator('dialog.review');
    await dialog.waitFor({ timeout: 60000 });
    await dialog.locator('img').evaluate((image) => image.decode());
    if (projection === 'pa') {
      await check(phone, 'film review on a phone');
      await picture(phone, 'phone_review');
    }
    assert.ok(await dialog.locator('[data-part=store]').isDisabled(), 'a film is not stored before the confirmation');
    await dialog.locator('[data-part=projection]').selectOption(projection);
    await dialog.locator('input[type=checkbox]').check();
    await dialog.locator('[data-part=store]').click();
    await dialog.waitFor({ state: 'detached', timeout: 30000 });
  }
  await phone.locator('[data-part=go]').click();
  await phone.locator('progress').first().waitFor({ timeout: 20000 });
  await picture(phone, 'phone_progress');
  await phone.waitForFunction(() => globalThis.osteonPage.plan()?.state, null, { timeout: SLOW });
  await phone.click('[role=tab][data-name=bones]');
  await phone.waitForFunction(() => globalThis.osteonPage.stage()?.parts.includes('proximal'), null, { timeout: 60000 });
  await phone.waitForTimeout(800);
  await picture(phone, 'phone_bones');
  for (const tab of ['films', 'numbers', 'plan', 'files', 'bones']) {
    await phone.click(`[role=tab][data-name=${tab}]`);
    await phone.waitForTimeout(200);
    await check(phone, `${tab} on a phone`);
    await picture(phone, `phone_${tab}`);
  }
});

test('a desk moves the same plan and both see the same state', async () => {
  desk = await person('engineer', DESK);
  await picture(desk, 'desk_list');
  await desk.goto(address);
  await settled(desk);
  await desk.waitForFunction(() => globalThis.osteonPage.stage()?.parts.includes('proximal'), null, { timeout: 60000 });
  await desk.click('[data-part=propose]');
  await settled(desk);
  await desk.click('.stepper >> nth=0 >> button >> nth=1');
  await settled(desk);
  const wanted = await planOf(desk);
  await phone.waitForFunction((hash) => globalThis.osteonPage.plan()?.hash === hash, wanted.hash, { timeout: 10000 });
  await desk.click('[data-part=undo]');
  await settled(desk);
  assert.notEqual((await planOf(desk)).hash, wanted.hash, 'undo changes the state');
  await phone.click('[role=tab][data-name=plan]');
  await phone.click('.stepper >> nth=3 >> button >> nth=1');
  await settled(phone);
  const last = await planOf(phone);
  await desk.waitForFunction((hash) => globalThis.osteonPage.plan()?.hash === hash, last.hash, { timeout: 10000 });
  await desk.selectOption('[data-part=colour]', 'uncertainty');
  await desk.waitForTimeout(500);
  await check(desk, 'case on a desk');
  await picture(desk, 'desk_case');
});

// Takes hold of a landmark on a film and lets it go elsewhere, dx and dy in window pixels.
async function dragMark(page, view, id, dx, dy) {
  await page.locator(`[data-view="${view}"]`).scrollIntoViewIfNeeded();
  const [x, y] = await page.evaluate(([at, which]) => globalThis.osteonPage.seen(at, which), [view, id]);
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + dx / 2, y + dy / 2);
  await page.mouse.move(x + dx, y + dy);
  await page.mouse.up();
  await settled(page);
  const after = await page.evaluate(([at, which]) => globalThis.osteonPage.seen(at, which), [view, id]);
  return [after[0] - x, after[1] - y];
}

const rowOf = (page, name) => page.evaluate((number) => globalThis.osteonPage.plan().measures[number].before, name);

test('a landmark dragged on a film corrects the numbers for everybody', async () => {
  const before = await rowOf(desk, 'volar_tilt');
  assert.equal(before.how, 'automatic');
  await desk.click('[data-film=landmark]');
  const went = await dragMark(desk, 1, 'lip_dorsal', 0, -12);
  assert.ok(Math.abs(went[0]) < 1 && Math.abs(went[1] + 12) < 1, `the landmark went ${went}`);
  const after = await rowOf(desk, 'volar_tilt');
  assert.equal(after.how, 'corrected');
  assert.equal(after.by, 'engineer');
  assert.ok(after.value > before.value + 1, `raising the dorsal lip raises the volar tilt: ${before.value} to ${after.value}`);
  assert.match(await desk.locator('.numbers').innerText(), /corrected by engineer/);
  assert.equal((await rowOf(desk, 'ulnar_variance')).how, 'automatic', 'other numbers stay what they were');
  await check(desk, 'landmarks on a desk');
  await picture(desk, 'desk_landmark');
  const { hash } = await planOf(desk);
  await phone.waitForFunction((wanted) => globalThis.osteonPage.plan()?.hash === wanted, hash, { timeout: 10000 });
  assert.deepEqual(await rowOf(phone, 'volar_tilt'), after);
  const { id } = await desk.evaluate(async (path) => (await (await fetch(path)).json()).plan, `/api/v1/cases/${address.split('/').pop()}`);
  const server = await desk.evaluate(async (path) => (await fetch(path)).json(), `/api/v1/plans/${id}`);
  assert.equal(server.hash, hash, 'the server has the same state');
  assert.ok(Math.abs(server.measures.volar_tilt.before.value - after.value) < 1e-9, 'and computes the same number');
});

test('an outline is stepped by keyboard, a landmark by a finger, and both are undone', async () => {
  const plain = await rowOf(desk, 'ulnar_variance');
  await desk.click('[data-film=outline]');
  await desk.locator('[data-part=bone]').selectOption('ulna');
  await desk.locator('[data-view="0"] .film-frame').focus();
  for (let n = 0; n < 4; n++) await desk.keyboard.press('ArrowDown');
  await settled(desk);
  const lower = await rowOf(desk, 'ulnar_variance');
  assert.equal(lower.how, 'corrected');
  assert.ok(Math.abs(plain.value - lower.value - 2) < 0.3, `four half millimetres down the shaft: ${plain.value} to ${lower.value}`);
  await picture(desk, 'desk_outline');
  for (let n = 0; n < 5; n++) {
    await desk.click('[data-part=undo]');
    await settled(desk);
  }
  for (const name of ['volar_tilt', 'ulnar_variance']) assert.equal((await rowOf(desk, name)).how, 'automatic');
  await phone.click('[role=tab][data-name=films]');
  await phone.click('[data-film=landmark]');
  await phone.locator('[data-view="0"] .nudge button').first().tap();
  await settled(phone);
  await check(phone, 'landmarks on a phone');
  await picture(phone, 'phone_landmark');
  await phone.evaluate(() => globalThis.osteonPage.session().undo());
  await settled(phone);
});

test('a reload keeps everything', async () => {
  const before = await planOf(desk);
  await desk.reload();
  await settled(desk);
  assert.equal((await planOf(desk)).hash, before.hash);
});

test('density and stress arrive and colour the bone', async () => {
  await desk.waitForFunction(() => !document.querySelector('[data-part=colour] [value=stress]').disabled, null, { timeout: SLOW });
  await desk.waitForFunction(() => globalThis.osteonPage.stage()?.parts.includes('proximal'), null, { timeout: 60000 });
  for (const what of ['density', 'stress']) {
    await desk.selectOption('[data-part=colour]', what);
    await desk.waitForTimeout(600);
    await picture(desk, `desk_${what}`);
    assert.match(await desk.locator('.legend').innerText(), what === 'stress' ? /MPa/ : /mg/);
  }
  const ramp = () => desk.locator('[data-part=top]').evaluate((select) => [select.value, select.selectedOptions[0].textContent]);
  assert.equal((await ramp())[0], '0', 'the scale fits the values until somebody chooses');
  await desk.selectOption('[data-part=top]', '20');
  assert.match((await ramp())[1], /20\.0.MPa/);
  assert.ok((await desk.evaluate(() => globalThis.osteonPage.stage().drawn)).includes('distal'), 'the fragment is drawn');
});

test('a surgeon approves, the guide is closed and no draft', async () => {
  await phone.click('[role=tab][data-name=plan]');
  await phone.click('[data-part=approve]');
  await phone.click('dialog [data-part=yes]');
  await phone.waitForFunction(() => {
    const plan = globalThis.osteonPage.plan();
    return plan?.approved && plan.approved.hash === plan.hash;
  }, null, { timeout: 15000 });
  await desk.click('[data-part=guide]');
  await desk.locator('.downloads a', { hasText: /STL, mm/ }).first().waitFor({ timeout: SLOW });
  const [download] = await Promise.all([desk.waitForEvent('download'), desk.locator('.downloads a', { hasText: /Guide/ }).first().click()]);
  assert.match(download.suggestedFilename(), /guide.*\.stl$/i);
  assert.doesNotMatch(download.suggestedFilename(), /DRAFT/);
  const bytes = readFileSync(await download.path());
  assert.deepEqual(closedEdges(bytes), { open: 0, doubled: 0 });
  await desk.click('[data-part=report]');
  await desk.locator('.downloads a', { hasText: /PDF/ }).first().waitFor({ timeout: SLOW });
  await desk.waitForTimeout(800);
  await picture(desk, 'desk_guide');
});

test('another hospital sees nothing', async () => {
  const stranger = await person('stranger', DESK);
  assert.equal(await stranger.locator('.case-row').count(), 0);
  const id = address.split('/').pop();
  const status = await stranger.evaluate(async (path) => (await fetch(path)).status, `/api/v1/cases/${id}`);
  assert.equal(status, 404);
  await stranger.context().close();
});

test('the page is whole at 320 px and both themes and languages', async () => {
  await desk.setViewportSize({ width: 320, height: 700 });
  for (const theme of [1, 2]) {
    await desk.click('[data-part=theme]');
    for (const tab of ['films', 'numbers', 'plan', 'files']) {
      await desk.click(`[role=tab][data-name=${tab}]`);
      await check(desk, `${tab} at 320 px, theme ${theme}`);
    }
  }
  await desk.setViewportSize({ width: 1440, height: 900 });
  await desk.click('[data-part=language]');
  await desk.waitForSelector('html[lang=ja]');
  await settled(desk);
  await desk.waitForTimeout(1500);
  await picture(desk, 'desk_ja');
});

test('no page failed, no request left the service, nobody is kept out', () => {
  assert.deepEqual(faults, []);
  assert.deepEqual(barriers, []);
});
