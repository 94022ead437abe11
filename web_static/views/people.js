// Who is in the plan now; one tap follows somebody's eyes, one tap or an own look ends it.
import { t } from '../i18n/i18n.js';
import { fill } from './part.js';

export function mountPeople(element, { bar, onFollow }) {
  const parts = fill(element, `<div class="row people" role="group" data-i18n-aria-label="people.title">
    <span class="small quiet" data-part="status"></span><span class="row" data-part="list"></span></div>`);
  const band = fill(bar, '<p data-part="text"></p><button type="button" data-part="stop" data-i18n="people.stop"></button>');
  let following = null; // a page: one person may have several
  let people = [];
  let you = null;
  let key = '';

  function follow(client) {
    following = client;
    draw();
    const leader = people.find((person) => person.client === client);
    if (leader?.camera?.length === 9) onFollow(leader);
  }
  band.stop.addEventListener('click', () => follow(null));

  function button(person) {
    const node = document.createElement('button');
    const mine = person.client === you?.client;
    const role = document.createElement('span');
    const name = document.createElement('span');
    node.type = 'button';
    node.className = 'person';
    node.dataset.client = person.client;
    node.style.setProperty('--person', person.colour);
    node.dataset.initials = person.name.replace(/ \(.*/, '').split(/\s+/).map((word) => word[0]).join('').slice(0, 2);
    role.className = 'role';
    role.textContent = `· ${t(`role.${person.role}`)}`;
    name.className = 'name';
    name.textContent = person.name;
    node.append(name, ' ', role);
    node.disabled = mine;
    node.setAttribute('aria-pressed', String(following === person.client));
    node.setAttribute('aria-label', `${person.name}, ${t(`role.${person.role}`)}${mine ? '' : ` · ${t('people.follow', { name: person.name })}`}`);
    node.title = mine ? '' : t('people.follow', { name: person.name });
    node.addEventListener('click', () => follow(following === person.client ? null : person.client));
    return node;
  }

  // Cameras come many times a second; the buttons are drawn anew when somebody comes or goes.
  function draw() {
    const now = JSON.stringify([following, you?.client, people.map(({ client, name, role, colour }) => [client, name, role, colour])]);
    if (now === key) return;
    key = now;
    const focused = document.activeElement?.dataset?.client;
    parts.list.replaceChildren(...people.map(button));
    if (focused) parts.list.querySelector(`[data-client="${focused}"]`)?.focus();
    const leader = people.find((person) => person.client === following);
    bar.hidden = !leader;
    band.text.textContent = leader ? t('people.following', { name: leader.name }) : '';
  }

  return {
    following: () => following,
    stop: () => { if (following !== null) follow(null); },
    update({ plan }) {
      people = plan?.people ?? [];
      you = plan?.you ?? null;
      if (following !== null && plan?.status === 'live' && !people.some((person) => person.client === following)) following = null;
      parts.status.textContent = plan ? t(`live.${plan.status}`) : '';
      draw();
      const leader = people.find((person) => person.client === following);
      if (leader?.camera?.length === 9) onFollow(leader);
    },
    unmount() {},
  };
}
