// Two hospitals in one case, in the browser: the owner opens it at a desk, the other finds it in
// its list on a phone, both change the plan and see each other's changes, and when the owner
// closes the case the phone is back at its list and says why.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import test from 'node:test';
import { DESK, PHONE, planOf, sees, settled, startPeople } from './people.mjs';
import { startStand } from './stand.mjs';

const stand = await startStand();
const { person, check, picture, faults, barriers, stop } = await startPeople(stand, {
  cut: '.pane, .card, .notice, dialog, dialog li, #header, button, .case-head',
  small: 'dialog button, dialog.guests select, dialog.guests label.check, .page button, [data-part=giveback] button', least: [0, 43.5],
  patience: 120000, // of a machine that does other things besides
});
test.after(async () => {
  await stop();
  await stand.stop();
});

// What a worker's last step would leave: a finished reconstruction with an empty plan.
function makePlan(caseId) {
  execFileSync('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', stand.env.OSTEON_OWNER_DATABASE_URL], { stdio: ['pipe', 'ignore', 'inherit'], input: `
    begin;
    select set_config('osteon.institution', (select min(id)::text from institution where name = 'Hospital A'), true);
    with j as (insert into job (institution_id, case_id, kind, input, input_digest, output, output_digest, state, progress, finished_at)
      select institution_id, id, 'recon', '{}', sha256('in'), '{}', sha256('out'), 'done', 1, now() from patient_case where id = ${caseId} returning id)
    insert into plan (institution_id, case_id, recon_job_id) select c.institution_id, c.id, j.id from patient_case c, j where c.id = ${caseId};
    commit;` });
}

const note = (page, text) => page.evaluate((said) => {
  const id = `note-${Math.random().toString(36).slice(2)}`;
  globalThis.osteonPage.session().transact([{ op: 'create', id, type: 'note', parent: '', order: 'V', props: { text: said } }]);
}, text);

let desk;
let phone;
let caseId;

test('a case with a plan', async () => {
  desk = await person('surgeon', DESK);
  caseId = await desk.evaluate(async () => (await (await fetch('/api/v1/cases', { method: 'POST', body: JSON.stringify({ side: 'left' }) })).json()).id);
  makePlan(caseId);
  await desk.goto(`${stand.origin}/#/case/${caseId}`);
  await settled(desk);
  phone = await person('stranger', PHONE);
  assert.equal(await phone.locator('.case-row').count(), 0);
});

test('the owner opens it to a hospital that is called by its whole name', async () => {
  await desk.click('[data-part=guests] button');
  const dialog = desk.locator('dialog.guests');
  await dialog.locator('[data-page=grants]').click();
  const form = dialog.locator('[data-part=grants]');
  await form.locator('[data-part=to]').fill('Hospital');
  await form.locator('[data-part=purpose]').fill('Second opinion on the cut');
  await form.locator('input[value=plan]').check();
  await form.locator('[data-part=make]').click();
  await dialog.locator('[role=alert]', { hasText: 'exactly this name' }).waitFor();
  await check(desk, 'a name nobody has');
  await form.locator('[data-part=to]').fill('Hospital B');
  await form.locator('[data-part=make]').click();
  await form.locator('.invited li', { hasText: 'Hospital B' }).waitFor();
  assert.ok(await dialog.locator('[role=alert]').isHidden());
  await check(desk, 'hospitals on a desk');
  await picture(desk, 'desk_grants');
  await dialog.locator('[data-part=close]').click();
});

test('the other hospital finds it, and both plan', async () => {
  await phone.reload();
  await phone.locator('.case-row', { hasText: 'Hospital A' }).waitFor();
  await check(phone, 'the list of the other hospital');
  await picture(phone, 'phone_partner_list');
  await phone.locator('.case-row a').click();
  await settled(phone);
  await phone.locator('[data-part=guest]', { hasText: 'Hospital A' }).waitFor();
  assert.ok(await phone.locator('[data-part=guests] button').isHidden(), 'what is not his he does not share');
  await note(phone, 'from the other hospital');
  await phone.waitForFunction(() => globalThis.osteonPage.plan().seq === 1 && globalThis.osteonPage.plan().waiting === 0);
  await sees(desk, (await planOf(phone)).hash);
  assert.equal((await planOf(desk)).by.name, 'stranger (Hospital B)');
  await desk.locator('.person', { hasText: 'stranger (Hospital B)' }).waitFor();
  await note(desk, 'from the owner');
  await settled(desk);
  await sees(phone, (await planOf(desk)).hash);
  await phone.click('.tabs button[data-name=plan]');
  await check(phone, 'the plan of another hospital on a phone');
  await picture(phone, 'phone_partner_plan');
  await picture(desk, 'desk_partner_in_case');
});

test('the owner reads what they opened, closes the case, and the phone says so', async () => {
  await desk.click('[data-part=guests] button');
  const dialog = desk.locator('dialog.guests');
  await dialog.locator('.accesses li', { hasText: 'stranger (Hospital B)' }).first().waitFor();
  const text = await dialog.locator('.accesses').innerText();
  for (const what of ['Opened the case', 'Looked at the plan, live']) assert.ok(text.includes(what), `${what} in ${text}`);
  await dialog.locator('[data-page=grants]').click();
  for (const width of [320, 1440]) {
    await desk.setViewportSize({ width, height: 900 });
    await check(desk, `hospitals at ${width} px`);
    await picture(desk, `grants_${width}`);
  }
  await dialog.locator('[data-part=grants] [data-part=revoke]').click();
  const question = desk.locator('dialog', { hasText: 'Close the case to Hospital B?' }).last();
  await question.locator('[data-part=yes]').click();
  await phone.locator('.notice', { hasText: '閲覧できなくなりました' }).waitFor();
  assert.equal(await phone.locator('.case, .case-row').count(), 0);
  await check(phone, 'the list after the end');
  await picture(phone, 'phone_partner_over');
  await dialog.locator('[data-part=grants] [data-part=state]', { hasText: 'revoked' }).waitFor();
  await phone.goto(`${stand.origin}/#/case/${caseId}`);
  await phone.locator('[role=alert]:visible').waitFor();
});

test('opened once more, the other hospital gives it back from a phone, and the owner reads why', async () => {
  const dialog = desk.locator('dialog.guests');
  const form = dialog.locator('[data-part=grants]');
  await form.locator('[data-part=to]').fill('Hospital B');
  await form.locator('input[data-part=purpose]').fill('Once more');
  await form.locator('[data-part=make]').click();
  await form.locator('.invited li', { hasText: 'Once more' }).waitFor();
  await dialog.locator('[data-part=close]').click();
  assert.ok(await desk.locator('[data-part=giveback] button').isHidden(), 'what is one\'s own is not given back');
  await phone.goto(`${stand.origin}/#/`);
  await phone.locator('.case-row a').click();
  await settled(phone);
  await phone.locator('[data-part=giveback] button').click();
  const ask = phone.locator('dialog.give-back');
  await ask.locator('[data-part=why]').fill('ok');
  await ask.locator('[data-part=yes]').click();
  assert.ok(await ask.isVisible(), 'a reason of two letters is none');
  await ask.locator('[data-part=why]').fill('相談は終わりました');
  await check(phone, 'giving back on a phone');
  await picture(phone, 'phone_give_back');
  await ask.locator('[data-part=yes]').click();
  await phone.locator('.notice', { hasText: 'Hospital A に返却しました' }).waitFor();
  assert.equal(await phone.locator('.case, .case-row').count(), 0);
  await picture(phone, 'phone_gave_back');
  await settled(desk);
  await desk.click('[data-part=guests] button');
  await dialog.locator('.accesses li', { hasText: 'Gave the case back: 相談は終わりました' }).waitFor();
  await dialog.locator('[data-page=grants]').click();
  await form.locator('.invited li', { hasText: '相談は終わりました' }).locator('[data-part=state]', { hasText: 'given back' }).waitFor();
  await check(desk, 'what was given back');
  await picture(desk, 'desk_given_back');
  await dialog.locator('[data-part=close]').click();
  assert.ok((await desk.locator('.tabs [aria-selected=true]').count()) === 1, 'the owner stays where he is');
});

test('nobody is kept out, and no page failed', () => {
  assert.deepEqual(faults, []);
  assert.deepEqual(barriers, []);
});
