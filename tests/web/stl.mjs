// Reads a binary STL on its own and counts edges that do not close.
export function closedEdges(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view.getUint32(80, true);
  const ids = new Map();
  const edges = new Map();
  const idAt = (at) => {
    const key = `${view.getFloat32(at, true)},${view.getFloat32(at + 4, true)},${view.getFloat32(at + 8, true)}`;
    if (!ids.has(key)) ids.set(key, ids.size);
    return ids.get(key);
  };
  for (let i = 0; i < count; i++) {
    const corner = [0, 1, 2].map((k) => idAt(84 + 50 * i + 12 + 12 * k));
    for (let k = 0; k < 3; k++) {
      const key = `${corner[k]}>${corner[(k + 1) % 3]}`;
      edges.set(key, (edges.get(key) ?? 0) + 1);
    }
  }
  let open = 0;
  let doubled = 0;
  for (const [key, n] of edges) {
    const [a, b] = key.split('>');
    if (n > 1) doubled++;
    if (!edges.has(`${b}>${a}`)) open++;
  }
  return { open, doubled };
}
