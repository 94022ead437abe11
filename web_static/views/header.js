import { currentLanguage, languages, setLanguage } from '../i18n/i18n.js';
import { fill } from './part.js';

const THEMES = ['auto', 'light', 'dark'];

export function applyTheme(theme) {
  const dark = theme === 'dark' || (theme === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
}

export const keptTheme = () => {
  const theme = localStorage.getItem('osteon.theme');
  return THEMES.includes(theme) ? theme : 'auto';
};

export function mountHeader(element, { onLanguage, onAccount, onLogout }) {
  const parts = fill(element, `
    <a class="brand" href="#/"><img src="/style/osteon.svg" alt=""><span>Osteon</span></a>
    <span class="small quiet who" data-part="who"></span>
    <button class="plain push" data-part="theme" data-i18n-aria-label="shell.theme" data-i18n-title="shell.theme"></button>
    <button class="plain" data-part="language"></button>
    <button class="plain" data-part="account" data-i18n="shell.account" hidden></button>
    <button class="plain" data-part="out" data-i18n="login.out" hidden></button>`);

  const showTheme = () => { parts.theme.textContent = { auto: '◐', light: '☀', dark: '☾' }[keptTheme()]; };
  showTheme();
  parts.theme.addEventListener('click', () => {
    const next = THEMES[(THEMES.indexOf(keptTheme()) + 1) % THEMES.length];
    localStorage.setItem('osteon.theme', next);
    applyTheme(next);
    showTheme();
  });

  const other = languages().find((l) => l !== currentLanguage());
  parts.language.textContent = other === 'ja' ? '日本語' : 'English';
  parts.language.lang = other;
  parts.language.addEventListener('click', async () => {
    await setLanguage(other);
    onLanguage();
  });
  parts.account.addEventListener('click', onAccount);
  parts.out.addEventListener('click', onLogout);

  return {
    update({ user }) {
      parts.who.textContent = user ? `${user.name} · ${user.institution.name}` : '';
      parts.account.hidden = !user || Boolean(user.guest);
      parts.out.hidden = !user;
    },
    unmount() {},
  };
}
