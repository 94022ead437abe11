// What a guide that failed a check is told to need.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { needOf } from '../../web_static/views/files.js';

const root = new URL('../../', import.meta.url).pathname;
const read = (name) => readFileSync(`${root}${name}`, 'utf8');

test('a value says on which side of its limit it should be', () => {
  assert.equal(needOf({ name: 'min_wall', value: 1.2, limit: 1.7 }), 'least');
  assert.equal(needOf({ name: 'clearance', value: -0.73, limit: -0.05 }), 'least');
  assert.equal(needOf({ name: 'slot_error', value: 0.2, limit: 0.1 }), 'most');
  assert.equal(needOf({ name: 'components', value: 2, limit: 1 }), 'exactly');
});

test('every check that the guide makes has its name and its advice in the catalogue', () => {
  const made = [...read('recon/guide/check.c').matchAll(/struct ost_guide_check\)\{"(\w+)"/g)].map((match) => match[1]);
  assert.ok(made.length >= 10, `only ${made.length} checks were found`);
  const known = Object.keys(JSON.parse(read('web_static/i18n/en.json')));
  for (const name of made) for (const kind of ['check', 'advice']) assert.ok(known.includes(`${kind}.${name}`), `${kind}.${name}`);
});
