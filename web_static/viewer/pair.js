// Two surfaces side by side in one picture, seen from the same side, so that one scale of
// colours and one turn of the hand serves both. Draws when something changed.
import { AmbientLight, BufferAttribute, Color, DirectionalLight, Mesh, PerspectiveCamera, Scene, Vector3, WebGLRenderer } from 'three';
import { OrbitControls } from 'three/addons/controls/OrbitControls.js';
import { fittingTop, QUANTITIES, vertexColours } from './colours.js';
import { boneMaterial, readGlb } from './scene.js';
import { turnAbout } from './turn.js';

export function createPair(host) {
  const renderer = new WebGLRenderer({ antialias: true, preserveDrawingBuffer: true });
  renderer.setPixelRatio(Math.min(2, devicePixelRatio));
  renderer.setScissorTest(true);
  renderer.domElement.classList.add('stage-canvas');
  host.append(renderer.domElement);

  const camera = new PerspectiveCamera(28, 1, 1, 4000);
  const orbit = new OrbitControls(camera, renderer.domElement);
  orbit.enablePan = false;
  const sides = [0, 1].map(() => {
    const scene = new Scene();
    scene.background = new Color(0x10181f);
    const key = new DirectionalLight(0xffffff, 2.2);
    scene.add(key, new AmbientLight(0xffffff, 0.75));
    return { scene, key, mesh: null, name: '' };
  });
  let quantity = 'stress';
  let chosen = 0; // top of the scale; 0: what fits both
  let shown = null;
  let waiting = false;
  let alive = true;
  let size = [0, 0];

  function draw() {
    if (waiting || !alive || size[0] === 0) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      if (!alive) return;
      const [w, h] = size;
      sides.forEach(({ scene, key }, i) => {
        const from = Math.round((i * w) / 2) + (i === 0 ? 0 : 1);
        renderer.setViewport(from, 0, w / 2 - 1, h);
        renderer.setScissor(from, 0, w / 2 - 1, h);
        key.position.copy(camera.position);
        key.target.position.copy(orbit.target);
        key.target.updateMatrixWorld();
        renderer.render(scene, camera);
      });
    });
  }

  function resize() {
    const { clientWidth: w, clientHeight: h } = host;
    if (w === 0 || h === 0) return;
    size = [w, h];
    renderer.setSize(w, h);
    camera.aspect = w / 2 / h;
    camera.updateProjectionMatrix();
    draw();
  }
  const watcher = new ResizeObserver(resize);
  watcher.observe(host);
  orbit.addEventListener('change', draw);
  renderer.domElement.addEventListener('webglcontextrestored', () => setTimeout(draw));

  const valuesOf = ({ mesh }) => mesh?.geometry.attributes[QUANTITIES[quantity].attribute]?.array;

  function paint() {
    const about = QUANTITIES[quantity];
    const values = sides.flatMap((side) => [...(valuesOf(side) ?? [])]);
    shown = { ...about, high: chosen > 0 ? chosen : fittingTop(values, about.tops) };
    for (const side of sides) {
      const own = valuesOf(side);
      if (!own) continue;
      side.mesh.geometry.setAttribute('color', new BufferAttribute(vertexColours(own, shown), 3));
      side.mesh.material.vertexColors = true;
      side.mesh.material.color.setHex(0xffffff);
      side.mesh.material.needsUpdate = true;
    }
    draw();
    return shown;
  }

  resize();
  return {
    // `name` tells which result lies there; no bytes leave the side empty.
    async setSide(i, name, bytes) {
      const side = sides[i];
      const mesh = bytes ? new Mesh(await readGlb(bytes), boneMaterial()) : null;
      side.mesh?.removeFromParent();
      side.mesh?.geometry.dispose();
      side.mesh = mesh;
      side.name = mesh ? name : '';
      if (mesh) side.scene.add(mesh);
    },
    setScale(name, top = 0) {
      quantity = name;
      chosen = top;
      return paint();
    },
    // The distal end from the palm, hand up.
    look(frame) {
      const up = new Vector3(...frame.axis);
      const centre = new Vector3(...frame.origin).addScaledVector(up, -34);
      const fit = 96 / Math.min(1, Math.max(0.3, camera.aspect / 0.75));
      camera.up.copy(up);
      camera.position.copy(centre).addScaledVector(new Vector3(...frame.volar), fit / Math.tan((camera.fov * Math.PI) / 360) / 2);
      orbit.target.copy(centre);
      orbit.update();
      draw();
    },
    turn(right, up, nearer = 1) {
      turnAbout(camera, orbit, right, up, nearer);
      draw();
    },
    report: () => ({ names: sides.map(({ name }) => name), high: shown?.high ?? 0, quantity,
      vertices: sides.map(({ mesh }) => mesh?.geometry.attributes.position.count ?? 0) }),
    dispose() {
      alive = false;
      watcher.disconnect();
      orbit.dispose();
      for (const { mesh } of sides) mesh?.geometry.dispose();
      renderer.dispose();
      renderer.domElement.remove();
    },
  };
}
