// Runs tests/http/cases/*.json in the order of their names against one service.
//
// A case: {"name": a sentence, "as": who, "send": {"method","path","json","body","headers",
// "origin"}, "get": {"status", "reason", "json": what it must hold, "headers", "lacks": [words]},
// "keep": {"name": "path.in.answer"}}. "{name}" anywhere is what was kept. "body": "@film" is a
// file of film.mjs, "@film[0:100]" a part of it. "each": [..] repeats a case with {each}.
// In "json", "*" is anything, a list must hold at least the given elements in order.
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { files } from './film.mjs';
import { Person, Place, people } from './place.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const kept = { surgeon_email: people.surgeon.email, planted: 'PLANTED^NAME' };
const tried = [];
let failures = 0;
let count = 0;

function fill(value) {
  if (typeof value === 'string') {
    const whole = value.match(/^\{(\w+)\}$/);
    if (whole && whole[1] in kept) return kept[whole[1]];
    return value.replace(/\{(\w+)\}/g, (all, name) => (name in kept ? kept[name] : all));
  }
  if (Array.isArray(value)) return value.map(fill);
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [fill(key), fill(one)]));
  return value;
}

const text = (value) => (typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value));

function holds(got, want, at, wrong) {
  if (want === '*') {
    if (got === undefined) wrong.push(`${at} is missing`);
  } else if (want !== null && typeof want === 'object' && !Array.isArray(want)) {
    if (got === null || typeof got !== 'object') wrong.push(`${at} is ${text(got)}`);
    else for (const key of Object.keys(want)) holds(got[key], want[key], `${at}.${key}`, wrong);
  } else if (Array.isArray(want)) {
    if (!Array.isArray(got) || (want.length === 0 && got.length > 0)) wrong.push(`${at} is ${text(got)}`);
    else want.forEach((one, i) => holds(got[i], one, `${at}[${i}]`, wrong));
  } else if (String(got) !== String(want)) {
    wrong.push(`${at} is ${text(got)}, not ${text(want)}`);
  }
}

function bodyOf(word) {
  const [, name, from, to] = word.match(/^@(\w+)(?:\[(\d+):(\d*)\])?$/);
  return from === undefined ? files[name] : files[name].subarray(Number(from), to === '' ? undefined : Number(to));
}

const inside = (value, path) => path.split('.').reduce((one, key) => one?.[key], value);

function check(one, answer) {
  const wrong = [];
  const want = one.get;
  if (!String(want.status).split('|').includes(String(answer.status))) wrong.push(`status ${answer.status}, not ${want.status}`);
  if (want.reason && answer.json?.error?.reason !== want.reason) wrong.push(`reason ${answer.json?.error?.reason}, not ${want.reason}`);
  if (answer.status >= 400) {
    const error = answer.json?.error;
    if (!error?.code || !error?.text || !/^[0-9a-f]{16}$/.test(error?.request ?? '')) wrong.push('the refusal lacks code, text or request');
    if (error && error.request !== answer.headers['x-request-id']) wrong.push('two request ids');
  }
  if (want.json !== undefined) holds(answer.json, want.json, 'answer', wrong);
  for (const [name, value] of Object.entries(want.headers ?? {}))
    if (!(answer.headers[name] ?? '').toString().includes(value)) wrong.push(`${name}: ${answer.headers[name]}`);
  for (const word of want.lacks ?? [])
    if (answer.bytes.includes(word)) wrong.push(`the answer says '${word}'`);
  return wrong;
}

async function run(who, raw) {
  const one = fill(raw);
  const { method, path, json, body, headers, origin } = one.send;
  const options = { json, headers };
  if (body !== undefined) options.body = body.startsWith('@') ? bodyOf(body) : Buffer.from(body);
  if (origin !== undefined) options.origin = origin;
  const answer = await who[one.as].send(method, path, options);
  tried.push({ as: one.as, method, path });
  const wrong = check(one, answer);
  count++;
  if (wrong.length > 0) {
    failures++;
    console.error(`FAILED ${one.name}\n  ${method} ${path} as ${one.as}\n  ${wrong.join('\n  ')}\n  ${answer.bytes.toString().slice(0, 400)}`);
  }
  for (const [name, from] of Object.entries(one.keep ?? {}))
    kept[name] = from === '#bytes' ? answer.bytes.length : inside(answer.json, from);
}

async function all(place) {
  const who = { nobody: new Person(place, 'nobody') };
  for (const name of Object.keys(people)) who[name] = await new Person(place, name).login();
  for (const [name, bytes] of Object.entries(files)) kept[`${name}_bytes`] = bytes.length;
  for (const file of readdirSync(join(here, 'cases')).sort())
    for (const one of JSON.parse(readFileSync(join(here, 'cases', file), 'utf8')))
      for (const each of one.each ?? [null]) {
        kept.each = fill(each);
        await run(who, { ...one, name: `${file}: ${one.name}` });
      }
}

// Every address of services/routes/table.c that names a thing was tried by the other institution.
function strangerTriedAll() {
  const table = readFileSync(join(here, '../../services/routes/table.c'), 'utf8');
  const routes = [...table.matchAll(/\bROW\((\w+), "([^"]+)"/g)].map(([, method, path]) => ({ method, path }));
  if (routes.length < 30) throw new Error(`only ${routes.length} addresses were found`);
  for (const { method, path } of routes.filter((one) => /:id|audit/.test(one.path))) {
    const shape = new RegExp(`^/api/v1${path.replace(/:\w+/g, '[^/?]+')}(\\?.*)?$`);
    if (tried.some((one) => one.as === 'stranger' && one.method === method && shape.test(one.path))) continue;
    failures++;
    console.error(`FAILED the stranger did not try ${method} ${path}`);
  }
}

const place = new Place();
try {
  await place.open();
  await all(place);
  strangerTriedAll();
  const log = place.log();
  for (const word of ['PLANTED', people.surgeon.email, 'Test surgeon', 'correct horse'])
    if (log.includes(word)) {
      failures++;
      console.error(`FAILED the log says '${word}'`);
    }
  if (failures > 0) console.error(log.split('\n').filter((line) => /^(warn|error)/.test(line)).slice(-20).join('\n'));
} finally {
  await place.close();
}
if (failures > 0) {
  console.error(`${failures} of ${count} cases failed`);
  process.exit(1);
}
