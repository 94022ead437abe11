// The comments of a plan as threads: a note with its answers, oldest first. The numbers of
// the threads are those of their pins.
const textOf = (object) => object.props.text?.value ?? '';

function noteOf([id, object], state) {
  const by = object.props.text?.by ?? object.life.by;
  return {
    id, text: textOf(object), parent: object.place.parent, seq: object.place.rev, by, name: state.people[by]?.name ?? '', role: state.people[by]?.role ?? '',
    on: object.props.on?.value ?? null, anchor: object.props.anchor?.value ?? null, resolved: object.props.resolved?.value === true,
  };
}

// What is not in the log yet has a rev of -n and comes last.
const older = (a, b) => (a.seq < 0) - (b.seq < 0) || Math.abs(a.seq) - Math.abs(b.seq);

export function threadsOf(state) {
  const notes = Object.entries(state?.objects ?? {}).filter(([, o]) => o.type === 'note' && o.life.alive).map((one) => noteOf(one, state)).sort(older);
  const rootOf = (note) => {
    for (let at = note; ; at = notes.find((one) => one.id === at.parent)) {
      if (!at) return null;
      if (at.parent === '') return at.id;
    }
  };
  return notes.filter((note) => note.parent === '').map((note, i) => ({
    ...note, label: String(i + 1), replies: notes.filter((one) => one.parent !== '' && rootOf(one) === note.id),
  }));
}

const freshId = () => `note-${Array.from(crypto.getRandomValues(new Uint8Array(6)), (b) => b.toString(16).padStart(2, '0')).join('')}`;

// The operation that says `text`: about a point of a bone, or in answer to a note.
export const noteOp = (text, { parent = '', point = null } = {}) => ({
  op: 'create', id: freshId(), type: 'note', parent, order: 'V', props: { text, ...(point ? { on: point.bone, anchor: point.anchor } : {}) },
});
