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
    await dialog.locator('select').selectOption(projection);
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
