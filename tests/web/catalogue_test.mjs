// The two catalogues hold the same keys, every key the page names exists, and no
// text stands in a view outside the catalogue.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';

const root = new URL('../../web_static/', import.meta.url).pathname;
const catalogue = (language) => JSON.parse(readFileSync(join(root, 'i18n', `${language}.json`), 'utf8'));
const sources = readdirSync(root, { recursive: true })
  .map(String)
  .filter((name) => /\.(js|html)$/.test(name) && !name.includes('node_modules'))
  .map((name) => [name, readFileSync(join(root, name), 'utf8')]);

test('both languages have the same keys and no empty message', () => {
  const en = catalogue('en');
  const ja = catalogue('ja');
  assert.deepEqual(Object.keys(en).sort(), Object.keys(ja).sort());
  for (const [key, text] of [...Object.entries(en), ...Object.entries(ja)]) assert.notEqual(text.trim(), '', key);
});

test('messages of a key take the same values in both languages', () => {
  const en = catalogue('en');
  const ja = catalogue('ja');
  const values = (text) => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort();
  for (const key of Object.keys(en)) assert.deepEqual(values(ja[key]), values(en[key]), key);
});

test('every key the page names exists', () => {
  const known = new Set(Object.keys(catalogue('en')));
  for (const [name, text] of sources) {
    const named = [...text.matchAll(/data-i18n(?:-[a-z-]+)?="([a-z_.]+)"/g), ...text.matchAll(/\bt\('([a-z_.]+)'/g)];
    for (const match of named) assert.ok(known.has(match[1]), `${name} names ${match[1]}`);
  }
});

test('no words of a person stand in markup outside the catalogue', () => {
  const allowed = new Set(['Osteon', '−', '+', '‹', 'DRAFT']);
  for (const [name, text] of sources.filter(([n]) => n.startsWith('views/'))) {
    for (const match of text.matchAll(/>([^<>{}`$\n]*[A-Za-z]{3,}[^<>{}`$\n]*)</g)) {
      assert.ok(allowed.has(match[1].trim()), `${name} says "${match[1]}"`);
    }
  }
});
