// A whole service of its own for one test: cluster, api, worker, two institutions.
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

const repo = new URL('../../', import.meta.url).pathname;
const run = promisify(execFile);
export const program = process.env.OSTEON_PROGRAM ?? join(repo, 'build/osteon');

function freePort() {
  return new Promise((done) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

// "export NAME='value'" lines to an environment.
function environmentOf(text) {
  const found = { ...process.env };
  for (const [, name, value] of text.matchAll(/^export (\w+)='?(.*?)'?$/gm)) found[name] = value;
  return found;
}

export async function startStand() {
  const folder = mkdtempSync('/tmp/osteon-web-');
  execFileSync('chmod', ['755', folder]);
  const port = await freePort();
  const start = () => run(join(repo, 'infra/stack'), ['start', folder, '--port', String(port)], { env: { ...process.env, OSTEON_PROGRAM: program } });
  const { stdout } = await start();
  const env = environmentOf(stdout);
  const osteon = async (...words) => (await run(program, words, { env, maxBuffer: 1 << 26 })).stdout;
  const people = {};
  await osteon('user', 'institution', 'add', 'Hospital A');
  await osteon('user', 'institution', 'add', 'Hospital B');
  for (const [name, role, institution] of [['surgeon', 'surgeon', 'Hospital A'], ['engineer', 'engineer', 'Hospital A'], ['stranger', 'surgeon', 'Hospital B']]) {
    const password = `correct-horse-${name}-battery`;
    const file = join(folder, `${name}.password`);
    writeFileSync(file, `${password}\n`, { mode: 0o600 });
    await osteon('user', 'add', `${name}@example.test`, '--role', role, '--institution', institution, '--name', name, '--password-file', file);
    people[name] = { email: `${name}@example.test`, password };
  }
  return {
    folder, env, people, osteon,
    start, // again what has died since
    kill(name) { process.kill(Number(readFileSync(join(folder, `${name}.pid`), 'utf8')), 'SIGKILL'); },
    origin: `https://127.0.0.1:${port}`,
    async stop() {
      await run(join(repo, 'infra/stack'), ['stop', folder], { env: { ...process.env, OSTEON_PROGRAM: program } }).catch((error) => console.error(error.stderr));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
