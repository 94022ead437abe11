// Who is in the plan now; one tap follows somebody's eyes.
import { t } from '../i18n/i18n.js';
import { fill } from './part.js';

export function mountPeople(element, { onFollow }) {
  const parts = fill(element, `<div class="row people" role="group" data-i18n-aria-label="people.title">
    <span class="small quiet" data-part="status"></span><span class="row" data-part="list"></span></div>`);
  let following = null;

  return {
    following: () => following,
    update({ plan }) {
      const people = plan?.people ?? [];
      parts.status.textContent = plan ? t(`live.${plan.status}`) : '';
      parts.list.replaceChildren(...people.map((person) => {
        const button = document.createElement('button');
        const mine = person.id === plan.you?.id && person.client === plan.you?.client;
        button.type = 'button';
        button.className = 'person';
        button.style.setProperty('--person', person.colour);
        const role = document.createElement('span');
        role.className = 'role';
        role.textContent = `· ${t(`role.${person.role}`)}`;
        const name = document.createElement('span');
        name.className = 'name';
        name.textContent = person.name;
        button.dataset.initials = person.name.split(/\s+/).map((word) => word[0]).join('').slice(0, 2);
        button.setAttribute('aria-label', `${person.name}, ${t(`role.${person.role}`)}`);
        button.append(name, ' ', role);
        button.disabled = person.id === plan.you?.id;
        button.setAttribute('aria-pressed', String(following === person.id));
        button.title = mine ? '' : t('people.follow', { name: person.name });
        button.addEventListener('click', () => {
          following = following === person.id ? null : person.id;
          if (following) onFollow(person);
        });
        return button;
      }));
      const leader = people.find((person) => person.id === following);
      if (leader?.camera?.length === 9) onFollow(leader);
    },
    unmount() {},
  };
}
