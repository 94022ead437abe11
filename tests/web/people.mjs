// Browsers for tests of the page: people with their devices, and what keeps somebody out.
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(join(process.env.OSTEON_WEB_MODULES ?? 'build/web_tests', 'x.js'));
const { chromium } = require('playwright-core');
const axeSource = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
export const pictures = process.env.OSTEON_SCREENSHOTS ?? 'build/screenshots';

export const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true, locale: 'ja-JP', colorScheme: 'dark' };
export const DESK = { viewport: { width: 1440, height: 900 }, locale: 'en-GB', colorScheme: 'light' };

// What a test looks at on every page: nodes that must not be cut off and those within them that
// may be; controls and their least width and height; how long one waits for a page, and what else
// is watched on it.
const USUAL = { cut: '.pane, .card, .notice, dialog, #header, button, td, th', except: null, small: null, least: [24, 24], patience: null, watch() {} };

export async function startPeople(stand, wishes = {}) {
  const { cut, except, small, least, patience, watch } = { ...USUAL, ...wishes };
  mkdirSync(pictures, { recursive: true });
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--use-angle=swiftshader', '--enable-unsafe-swiftshader',
      '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run',
      '--disable-background-timer-throttling', '--disable-backgrounding-occluded-windows', '--disable-renderer-backgrounding'],
  });
  const faults = [];
  const barriers = [];

  async function open(name, device, address = stand.origin) {
    const context = await browser.newContext({ ...device, ignoreHTTPSErrors: true, acceptDownloads: true });
    if (patience) context.setDefaultTimeout(patience);
    const page = await context.newPage();
    page.on('pageerror', (error) => faults.push(`${name}: ${error.stack}`));
    watch(page, (fault) => faults.push(`${name}: ${fault}`));
    await page.goto(address);
    return page;
  }
  async function logIn(page, name) {
    await page.fill('input[type=email]', stand.people[name].email);
    await page.fill('input[type=password]', stand.people[name].password);
    await page.click('form button.main');
    await page.waitForSelector('.cases', { state: 'attached' });
    return page;
  }

  return {
    browser, faults, barriers, open, logIn,
    picture: (page, name) => page.screenshot({ path: join(pictures, `${name}.png`) }),
    person: async (name, device) => logIn(await open(name, device), name),
    // Nothing wider than the window, nothing cut off, no control too small, no rule of WCAG 2.2 AA broken.
    async check(page, where) {
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (overflow > 0) barriers.push(`${where}: ${overflow} px wider than the window`);
      const clipped = await page.evaluate(([wanted, spared]) => [...document.querySelectorAll(wanted)]
        .filter((node) => node.offsetParent !== null && !(spared && node.closest(spared)) && node.scrollWidth > node.clientWidth + 1 && getComputedStyle(node).overflowX !== 'auto')
        .map((node) => {
          const edge = node.getBoundingClientRect().right;
          const beyond = [...node.querySelectorAll('*')].findLast((child) => child.getBoundingClientRect().right > edge + 1);
          const name = (one) => `${one.className || one.tagName} ${one.dataset.part ?? ''} ${one.textContent.slice(0, 30)}`;
          return `${name(node)}${beyond ? ` by ${name(beyond)}` : ''}`;
        }), [cut, except]);
      if (clipped.length > 0) barriers.push(`${where}: cut off: ${clipped.join(', ')}`);
      const tiny = small === null ? [] : await page.evaluate(([wanted, [width, height]]) => [...document.querySelectorAll(wanted)]
        .filter((node) => node.offsetParent !== null).filter((node) => node.getBoundingClientRect().width < width || node.getBoundingClientRect().height < height)
        .map((node) => node.textContent), [small, least]);
      if (tiny.length > 0) barriers.push(`${where}: too small for a finger: ${tiny.join(', ')}`);
      await page.evaluate(axeSource);
      const found = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] }));
      barriers.push(...found.violations.map((v) => `${where}: ${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`));
    },
    stop: () => browser.close(),
  };
}

export const planOf = (page) => page.evaluate(() => {
  const plan = globalThis.osteonPage?.plan();
  return plan ? { hash: plan.hash, seq: plan.seq, sum: plan.sum, waiting: plan.waiting, status: plan.status, review: plan.review, conflicts: plan.conflicts.length, by: plan.history.at(-1)?.by, volar: plan.measures?.volar_tilt } : null;
});

export const settled = (page) => page.waitForFunction(() => {
  const plan = globalThis.osteonPage?.plan();
  return plan?.status === 'live' && plan.waiting === 0 && plan.state;
});

export const sees = (page, hash) => page.waitForFunction((wanted) => globalThis.osteonPage?.plan()?.hash === wanted, hash, { timeout: 60000 });
