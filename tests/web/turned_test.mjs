// A patient who turned the forearm between his two films: said on a phone by the surgeon, fitted
// so, and told beside the film, on phone and desk. Pictures are left in OSTEON_SCREENSHOTS.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { Api } from './made_case.mjs';
import { DESK, PHONE, startPeople } from './people.mjs';
import { startStand } from './stand.mjs';

const TURN = 60;
const stand = await startStand();
const { person, check, picture, faults, barriers, stop } = await startPeople(stand, { patience: 60000 });
test.after(async () => {
  await stop();
  await stand.stop();
});

test('a turned forearm is one arm, and its turn is told', async () => {
  await stand.osteon('cohort', '1', '-o', stand.folder, '--seed', '7102', '--pronated', String(TURN), '--malunion', '0');
  const folder = join(stand.folder, 'case_0');
  const { side } = JSON.parse(readFileSync(join(folder, 'case.json'), 'utf8'));
  const phone = await person('surgeon', PHONE);
  const api = new Api(stand.origin, phone.context().request);
  const { json: { id } } = await api.send('POST', '/cases', { json: { side, simulated: true } });
  for (const projection of ['pa', 'lateral']) await api.film(id, readFileSync(join(folder, `${projection}.png`)), projection);
  const address = `${stand.origin}/#/case/${id}`;
  await phone.goto(address);
  const turned = phone.locator('[data-part=upload] [data-part=turned]');
  await turned.nth(1).waitFor();
  assert.equal(await turned.nth(0).isVisible(), false, 'nothing was turned before the first film');
  await turned.nth(1).check();
  await phone.waitForFunction(async (path) => (await (await fetch(path)).json()).films[1].frame === 1, `/api/v1/cases/${id}`);
  await turned.nth(1).scrollIntoViewIfNeeded();
  await check(phone, 'films of a turned forearm on a phone');
  await picture(phone, 'turned_films_phone_ja');
  await phone.locator('[data-part=go]').click();
  await api.until(id, 'bones', 240, ({ files }) => files.includes('result.json'));
  const { json: { views } } = await api.send('GET', `/cases/${id}/files/result.json`);
  assert.equal(views[1].frame, 1);
  assert.ok(views[1].pronated.low < TURN && views[1].pronated.high > TURN);
  const desk = await person('engineer', DESK);
  for (const [page, name] of [[desk, 'turned_desk_en'], [phone, 'turned_phone_ja']]) {
    await page.goto(address);
    const tab = page.locator('[role=tab][data-name=films]');
    if (await tab.isVisible()) await tab.click();
    const said = page.locator('figure.film[data-view="1"] [data-part=fit]');
    await said.waitFor();
    assert.match(await said.innerText(), page === desk ? /Pronated further than on the first film: \d+/ : /最初の撮影より\d+/);
    await check(page, name);
    await picture(page, name);
  }
  assert.deepEqual(faults, []);
  assert.deepEqual(barriers, []);
});
