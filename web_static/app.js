// The shell: language, theme, who is logged in, and which page the address names.
// The case page brings the renderer with it, so it is fetched only when it is needed.
import { del, get, onSignedOut } from './net/api.js';
import { errorText, preferredLanguage, setLanguage, t } from './i18n/i18n.js';
import { applyTheme, keptTheme, mountHeader } from './views/header.js';
import { mountAccount } from './views/account.js';
import { mountCaseList } from './views/case-list.js';
import { mountGuestDoor } from './views/guest.js';
import { askLogin, mountLogin } from './views/login.js';
import { toast } from './views/part.js';

const main = document.getElementById('main');
const headerHost = document.getElementById('header');
let user = null;
let page = null;
let header = null;
let told = ''; // what the list of cases begins with
let invitation = null; // the token of a guest's link, as long as it is not used

function showHeader() {
  header = mountHeader(headerHost, {
    onLanguage: () => { showHeader(); route(); },
    onAccount: () => { location.hash = '#/account'; },
    async onLogout() {
      const wasGuest = Boolean(user?.guest);
      user = null;
      await del('/session').catch((error) => { if (error.status !== 401) toast(errorText(error)); });
      header.update({ user });
      location.hash = wasGuest ? '#/guest' : '#/';
      route();
    },
  });
  header.update({ user });
}

async function open(address) {
  const [, name, id] = address.split('/');
  if (name === 'guest' && (invitation || !user)) return mountGuestDoor(main, { token: invitation, user, onEnter: enterAsGuest });
  if (!user) return mountLogin(main, { onLogin(who) { user = who; header.update({ user }); route(); } });
  if (user.guest) {
    const { mountCase } = await import('./views/case.js');
    return mountCase(main, { caseId: String(user.guest.case), user });
  }
  if (name === 'case' && /^[0-9A-Za-z-]+$/.test(id ?? '')) {
    const { mountCase } = await import('./views/case.js');
    return mountCase(main, { caseId: id, user, onShut });
  }
  if (name === 'account') return mountAccount(main, { user });
  return mountCaseList(main, { user, told: takeTold() });
}

// A case that is not open any more: who was in it is back at his list, and reads why.
function onShut(text) {
  told = text;
  document.getElementById('toast').replaceChildren(); // says less of the same
  location.hash = '#/';
}
function takeTold() {
  const text = told;
  told = '';
  return text;
}

// The token stands behind '#', where no server and no log sees it, and is taken out of the
// address and the history at once.
function takeInvitation() {
  const found = /^#\/guest\/(.+)$/.exec(location.hash);
  if (!found) return;
  invitation = found[1].slice(0, 200);
  history.replaceState(null, '', '#/guest');
}

function enterAsGuest(who) {
  invitation = null;
  user = who;
  header.update({ user });
  history.replaceState(null, '', `#/case/${who.guest.case}`);
  route();
}

async function route() {
  takeInvitation();
  page?.unmount();
  page = null;
  main.replaceChildren();
  page = await open(location.hash.replace(/^#/, '') || '/');
}

// A session that ends under somebody's hands: the page stays as it is behind the question,
// what waits to be sent waits on. Somebody else begins with an empty page.
let asking = false;
onSignedOut(async () => {
  if (!user || asking) return;
  if (user.guest) { // nobody can log in again: the invitation is over, or his link says otherwise
    user = null;
    header.update({ user });
    history.replaceState(null, '', '#/guest');
    route();
    return;
  }
  asking = true;
  const who = await askLogin(user);
  asking = false;
  if (who.id !== user.id) location.reload();
  user = who;
  header.update({ user });
});

async function start() {
  applyTheme(keptTheme());
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => applyTheme(keptTheme()));
  await setLanguage(preferredLanguage());
  user = (await get('/session').catch(() => null))?.user ?? null;
  showHeader();
  addEventListener('hashchange', route);
  await route();
}

start();
