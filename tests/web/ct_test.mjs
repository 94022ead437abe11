// A real CT (ankle_ct_dicom) the way a person sends it: added on a desk, stored as one series,
// its bones made by the worker, looked at on a desk and on a phone. Pictures are left in
// OSTEON_SCREENSHOTS.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { DESK, PHONE, startPeople } from './people.mjs';
import { startStand } from './stand.mjs';

const data = join(process.env.OSTEON_DATA ?? '../shared/data', 'ankle_ct_dicom');
if (!existsSync(data)) {
  console.log(`skipped: ${data} is not there`);
  process.exit(77);
}
const FIRST = 101; // the upper fifty slices hold both heels
const LAST = 150;
const slices = Array.from({ length: LAST - FIRST + 1 }, (_, i) => join(data, `slice_${FIRST + i}.dcm`));

const stand = await startStand();
const { person, check, picture, faults, barriers, stop } = await startPeople(stand, {
  cut: '.pane, .card, .notice, dialog, button, td, th', patience: 90000,
});
test.after(async () => {
  await stop();
  await stand.stop();
});

let desk;
let address;
const caseNow = () => desk.evaluate(async (path) => (await fetch(path)).json(), `/api/v1/cases/${address.split('/').pop()}`);

test('a CT is added, seen once for all its slices and stored as one series', async () => {
  desk = await person('surgeon', DESK);
  await desk.click('form button.main');
  await desk.waitForSelector('.case input[type=file]', { state: 'attached' });
  address = desk.url();
  await desk.setInputFiles('[data-part=upload] [data-part=ct]', slices);
  const until = Date.now() + 400000;
  for (let stored = 0; stored < slices.length;) { // slices with suspected lettering are asked about too
    assert.ok(Date.now() < until, `${stored} slices are stored`);
    const dialog = desk.locator('dialog.review');
    if (await dialog.count() > 0) {
      await dialog.locator('input[type=checkbox]').check();
      await dialog.locator('[data-part=store]').click();
      await dialog.waitFor({ state: 'detached', timeout: 60000 });
    }
    stored = (await caseNow()).films.length;
    await desk.waitForTimeout(300);
  }
  await desk.locator(`li[data-series] >> text=${slices.length}`).waitFor({ timeout: 30000 });
});

test('its bones are made, shown with their uncertainty, and told with their numbers', async () => {
  await desk.locator('[data-part=go]').click();
  await desk.waitForFunction(() => (globalThis.osteonPage?.stage()?.bones ?? []).includes('calcaneus_left'), null, { timeout: 500000 });
  await desk.locator('[data-part=stage][data-ready=true]').waitFor({ timeout: 120000 });
  await desk.waitForFunction(() => globalThis.osteonPage.stage().triangles > 50000, null, { timeout: 30000 });
  const { bones } = await desk.evaluate(() => globalThis.osteonPage.stage());
  assert.ok(bones.includes('calcaneus_right'));
  await desk.locator('[data-part=stage] [data-part=colour]').selectOption('uncertainty');
  await desk.locator('[data-part=stage] [data-part=legend]').waitFor();
  await desk.waitForTimeout(500);
  await check(desk, 'a CT on a desk');
  await picture(desk, 'ct_desk');
  const heel = desk.locator('.segment tr', { hasText: 'Heel bone, Left' });
  assert.match(await heel.innerText(), /\d+–\d+/);
  const now = await caseNow();
  assert.equal(now.plan ?? null, null, 'an ankle gets no plan of a forearm');
  assert.deepEqual(now.jobs.map((job) => [job.kind, job.state]), [['recon', 'done']]);
  assert.ok(now.files.includes('labels.nii.gz') && now.files.includes('uncertainty.nii.gz'));
  assert.ok(now.files.includes('calcaneus_left.density.nii.gz'));
});

test('a phone opens the same bones', async () => {
  const phone = await person('engineer', PHONE);
  await phone.goto(address);
  await phone.locator('[data-part=stage][data-ready=true]').waitFor({ timeout: 120000 });
  await check(phone, 'a CT on a phone');
  await picture(phone, 'ct_phone');
  await phone.locator('[role=tab][data-name=numbers]').click();
  await phone.locator('.segment tbody tr').first().waitFor();
  await check(phone, 'the numbers of a CT on a phone');
  await picture(phone, 'ct_phone_numbers');
});

test('nobody meets a fault or a barrier on the way', () => {
  assert.deepEqual(faults, []);
  assert.deepEqual(barriers, []);
});
