// A service of its own for one test: database cluster, secret, certificate, people,
// and the program itself, on a free port, in a folder that goes away.
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request, Agent } from 'node:https';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const program = process.env.OSTEON_PROGRAM ?? join(root, 'build/osteon');
const postgres = process.env.OSTEON_POSTGRES_BIN ?? '/usr/lib/postgresql/15/bin';

export const skip = (why) => {
  console.log(`skipped: ${why}`);
  process.exit(77);
};

export const pause = (ms) => new Promise((done) => setTimeout(done, ms));

const freePort = () => new Promise((done) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => done(port));
  });
});

// What stands still is told, with where, before whoever runs the test loses patience.
export const watchStandstill = (place, seconds, tell = () => '') => setTimeout(() => {
  console.error(`stood still; api ${place.api?.pid} ${place.api?.exitCode} ${place.api?.signalCode}\n${tell()}`);
  console.error(place.log().split('\n').slice(-60).join('\n'));
  process.exit(1);
}, 1000 * seconds).unref();

export const people = {
  surgeon: { email: 'surgeon@one.example', role: 'surgeon', institution: 'One' },
  engineer: { email: 'engineer@one.example', role: 'engineer', institution: 'One' },
  administrator: { email: 'admin@one.example', role: 'administrator', institution: 'One' },
  stranger: { email: 'surgeon@two.example', role: 'surgeon', institution: 'Two' },
};
export const password = 'correct horse battery staple';

export class Place {
  // `more`: variables beside those that every place has.
  constructor(more = {}) {
    this.more = more;
  }

  async open() {
    if (!existsSync(join(postgres, 'initdb'))) skip('no PostgreSQL 15');
    this.folder = mkdtempSync('/tmp/osteon-http-');
    chmodSync(this.folder, 0o755);
    this.port = await freePort();
    this.origin = `https://127.0.0.1:${this.port}`;
    this.agent = new Agent({ rejectUnauthorized: false, keepAlive: true });
    writeFileSync(join(this.folder, 'secret'), '0123456789abcdef'.repeat(4), { mode: 0o600 });
    writeFileSync(join(this.folder, 'password'), `${password}\n`, { mode: 0o600 });
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1',
      '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', join(this.folder, 'key.pem'),
      '-out', join(this.folder, 'cert.pem')], { stdio: 'ignore' });
    this.environment = { ...process.env };
    for (const name of Object.keys(this.environment)) if (name.startsWith('OSTEON_')) delete this.environment[name];
    Object.assign(this.environment, {
      OSTEON_SECRET_FILE: join(this.folder, 'secret'), OSTEON_BLOB_DIR: join(this.folder, 'blobs'),
      OSTEON_TLS_CERT: join(this.folder, 'cert.pem'), OSTEON_TLS_KEY: join(this.folder, 'key.pem'),
      OSTEON_LISTEN: '127.0.0.1', OSTEON_PORT: String(this.port), OSTEON_ORIGIN: this.origin,
      OSTEON_MIGRATIONS: join(root, 'migrations'), OSTEON_WEB_ROOT: join(root, 'web_static'),
      OSTEON_PENDING_MB: '64', ...this.more,
    });
    this.database('start');
    this.osteon('migrate');
    for (const name of ['One', 'Two']) this.osteon('user', 'institution', 'add', name);
    for (const [name, one] of Object.entries(people))
      this.osteon('user', 'add', one.email, '--role', one.role, '--institution', one.institution,
        '--name', `Test ${name}`, '--password-file', join(this.folder, 'password'));
    await this.start();
    return this;
  }

  // "start", "stop"; with `immediate` as a power cut would.
  database(verb, immediate = false) {
    const environment = immediate ? { ...this.environment, OSTEON_STOP: 'immediate' } : this.environment;
    const lines = execFileSync(join(root, 'infra/cluster'), [verb, join(this.folder, 'db')],
      { env: environment, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], timeout: 120000 });
    for (const [, name, value] of lines.matchAll(/^(OSTEON_\w+)='?(.*?)'?$/gm)) this.environment[name] = value;
  }

  osteon(...words) {
    return execFileSync(program, words, { env: this.environment, cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }

  async start() {
    const log = openSync(join(this.folder, 'api.log'), 'a');
    this.api = spawn(program, ['api'], { env: this.environment, cwd: root, stdio: ['ignore', log, log] });
    closeSync(log);
    this.ended = new Promise((done) => this.api.once('exit', (code, signal) => done({ code, signal })));
    for (const end = Date.now() + 60000; Date.now() < end; await pause(50)) {
      const answer = await this.send('GET', '/api/v1/health').catch(() => null);
      if (answer?.status === 200) return;
      if (this.api.exitCode !== null) break;
    }
    throw new Error(`the api did not come up:\n${this.log()}`);
  }

  // A second api on the same database and blobs, on a port of its own; ends with the place.
  async another(more = {}) {
    const other = Object.create(this);
    other.port = await freePort();
    other.origin = `https://127.0.0.1:${other.port}`;
    other.agent = new Agent({ rejectUnauthorized: false, keepAlive: true });
    other.environment = { ...this.environment, OSTEON_PORT: String(other.port), OSTEON_ORIGIN: other.origin, ...more };
    await other.start();
    (this.others ??= []).push(other);
    return other;
  }

  // One more process that takes jobs; ends with the place.
  startWorker() {
    const log = openSync(join(this.folder, 'api.log'), 'a');
    const worker = spawn(program, ['worker'], {
      env: { ...this.environment, OMP_WAIT_POLICY: 'PASSIVE' }, cwd: root, stdio: ['ignore', log, log] });
    closeSync(log);
    const ended = new Promise((done) => worker.once('exit', done));
    (this.workers ??= []).push({ worker, ended });
    return worker;
  }

  async stop(signal = 'SIGTERM') {
    if (this.api.exitCode === null && this.api.signalCode === null) this.api.kill(signal);
    return this.ended;
  }

  log = () => (existsSync(join(this.folder, 'api.log')) ? readFileSync(join(this.folder, 'api.log'), 'utf8') : '');

  async close() {
    await this.stop().catch(() => null);
    for (const other of this.others ?? []) {
      await other.stop().catch(() => null);
      other.agent.destroy();
    }
    for (const { worker, ended } of this.workers ?? []) {
      if (worker.exitCode === null && worker.signalCode === null) worker.kill('SIGTERM');
      await ended;
    }
    this.agent.destroy();
    try {
      this.database('stop');
    } finally {
      rmSync(this.folder, { recursive: true, force: true });
    }
  }

  send(method, path, { cookie = '', headers = {}, body, json, origin = this.origin, agent = this.agent } = {}) {
    const bytes = json !== undefined ? Buffer.from(JSON.stringify(json)) : body;
    const all = { ...headers };
    if (origin !== null && method !== 'GET') all.Origin = origin;
    if (cookie !== '') all.Cookie = cookie;
    if (bytes !== undefined) all['Content-Length'] = bytes.length;
    return new Promise((done, fail) => {
      const ask = request({ host: '127.0.0.1', port: this.port, method, path, headers: all, agent, timeout: 20000 }, (response) => {
        const parts = [];
        response.on('data', (part) => parts.push(part));
        response.on('error', fail);
        response.on('end', () => {
          const all = Buffer.concat(parts);
          let value;
          try { value = JSON.parse(all.toString()); } catch { value = undefined; }
          done({ status: response.statusCode, headers: response.headers, bytes: all, json: value });
        });
      });
      ask.on('error', fail);
      ask.on('timeout', () => ask.destroy(new Error('timeout')));
      if (bytes !== undefined) ask.write(bytes);
      ask.end();
    });
  }
}

// One person with a cookie jar of one cookie.
export class Person {
  constructor(place, name) {
    this.place = place;
    this.name = name;
    this.cookie = '';
  }

  async send(method, path, options = {}) {
    const answer = await this.place.send(method, path, { cookie: this.cookie, ...options });
    for (const line of answer.headers['set-cookie'] ?? []) this.cookie = line.split(';')[0];
    return answer;
  }

  async login() {
    const answer = await this.send('POST', '/api/v1/session', { json: { email: people[this.name].email, password } });
    if (answer.status !== 200) throw new Error(`${this.name} cannot sign in: ${answer.status} ${answer.bytes}`);
    return this;
  }
}
