// The 3D stage: the only place that knows the renderer. Millimetres, patient axes.
// It draws when something changed and sleeps otherwise.
import {
  AmbientLight, Box3, BufferAttribute, Color, DirectionalLight, DoubleSide, Group, Mesh,
  MeshStandardMaterial, MOUSE, PerspectiveCamera, PlaneGeometry, Raycaster, Scene, SphereGeometry,
  Vector2, Vector3, WebGLRenderer,
} from 'three';
import { OrbitControls } from 'three/addons/controls/OrbitControls.js';
import { TransformControls } from 'three/addons/controls/TransformControls.js';
import { GLTFLoader } from 'three/addons/loaders/GLTFLoader.js';
import { fittingTop, QUANTITIES, vertexColours } from './colours.js';
import { createPins } from './pins.js';
import { IDENTITY, matrixOf, planeOf, rigidOf } from './rigid.js';
import { turnAbout } from './turn.js';

const BONE = 0xe8dcc4;
const TARGET = 0x4fc3d9;
const GUIDE = 0x7ea6e0;

const material = (colour, more = {}) =>
  new MeshStandardMaterial({ color: colour, roughness: 0.72, metalness: 0, side: DoubleSide, ...more });

export const boneMaterial = () => material(BONE);

export async function readGlb(bytes) {
  const gltf = await new GLTFLoader().parseAsync(bytes, '');
  let geometry = null;
  gltf.scene.traverse((node) => { if (node.isMesh && !geometry) geometry = node.geometry; });
  if (!geometry.attributes.normal) geometry.computeVertexNormals();
  return geometry;
}

export function createStage(host, { onPick, onPin, onPoint, onDrag, onCamera, onTurn }) {
  const renderer = new WebGLRenderer({ antialias: true, preserveDrawingBuffer: true });
  renderer.localClippingEnabled = true;
  renderer.setPixelRatio(Math.min(2, devicePixelRatio));
  host.append(renderer.domElement);
  renderer.domElement.classList.add('stage-canvas');

  const scene = new Scene();
  scene.background = new Color(0x10181f);
  const camera = new PerspectiveCamera(28, 1, 1, 4000);
  const key = new DirectionalLight(0xffffff, 2.2);
  const rim = new DirectionalLight(0xbfd8ff, 0.7);
  camera.add(key, rim);
  key.position.set(0.4, 0.8, 1);
  rim.position.set(-1, -0.4, 0.2);
  scene.add(camera, new AmbientLight(0xffffff, 0.75));

  const orbit = new OrbitControls(camera, renderer.domElement);
  orbit.mouseButtons = { LEFT: MOUSE.ROTATE, MIDDLE: MOUSE.DOLLY, RIGHT: MOUSE.PAN };
  const gizmo = new TransformControls(camera, renderer.domElement);
  gizmo.setSize(0.9);
  scene.add(gizmo.getHelper());

  const parts = { proximal: null, distal: null, rest: null, ulna: null, target: null, guide: null };
  const fragment = new Group();
  const planeHandle = new Group();
  const marks = new Group();
  const pins = createPins();
  scene.add(fragment, planeHandle, marks, pins.group);
  const sheet = new Mesh(new PlaneGeometry(46, 46), new MeshStandardMaterial({
    color: 0xffb347, transparent: true, opacity: 0.35, side: DoubleSide, depthWrite: false }));
  planeHandle.add(sheet);

  const bones = new Map(); // of a CT: name to mesh
  let plan = null;
  let second = null; // another version of it, drawn beside it under the same camera
  let pinned = [];
  let pinning = false;
  let colouring = 'plain';
  let top = 0; // of the colour scale; 0: what fits the values
  const hidden = new Set();
  let tool = 'none';
  let frame = null;
  let waiting = false;
  let alive = true;
  const geometries = {};
  // TransformControls turns about the object's own origin, so the fragment hangs in a
  // handle that stands at the cut and both are kept in step.
  const handle = new Group();
  scene.add(handle);

  function draw() {
    if (waiting || !alive) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      if (!alive) return;
      if (second) drawBoth();
      else renderer.render(scene, camera);
    });
  }

  // The same bones twice: on the left as one version has them, on the right as the other.
  function drawBoth() {
    const { clientWidth: w, clientHeight: h } = host;
    const kept = plan;
    renderer.setScissorTest(true);
    [plan, second].forEach((version, side) => {
      const from = side * Math.floor(w / 2);
      renderer.setViewport(from, 0, Math.floor(w / 2), h);
      renderer.setScissor(from, 0, Math.floor(w / 2), h);
      plan = version;
      pose();
      renderer.render(scene, camera);
    });
    renderer.setScissorTest(false);
    renderer.setViewport(0, 0, w, h);
    plan = kept;
    pose();
  }

  function resize() {
    const { clientWidth: w, clientHeight: h } = host;
    if (w === 0 || h === 0) return;
    renderer.setSize(w, h);
    camera.aspect = (second ? Math.floor(w / 2) : w) / h;
    camera.updateProjectionMatrix();
    pins.fit(h, camera.fov);
    pins.update(pinned, plan);
    draw();
  }
  // Phones take the graphics away from pages that are not looked at; the picture comes back.
  renderer.domElement.addEventListener('webglcontextrestored', () => setTimeout(draw));
  const watcher = new ResizeObserver(resize);
  watcher.observe(host);
  orbit.addEventListener('start', () => onTurn());
  orbit.addEventListener('change', () => {
    draw();
    onCamera(api.cameraPose());
  });

  function put(name, geometry, look) {
    if (parts[name]) {
      parts[name].removeFromParent();
      parts[name].material.dispose();
    }
    parts[name] = geometry ? new Mesh(geometry, look) : null;
    if (parts[name]) {
      parts[name].name = name;
      (name === 'distal' ? fragment : scene).add(parts[name]);
    }
  }

  const coloured = () => (colouring === 'density' || colouring === 'stress' ? [geometries.fields] : [geometries.radius, geometries.ulna, ...[...bones.values()].map((mesh) => mesh.geometry)]);

  function range() {
    const quantity = QUANTITIES[colouring];
    if (!quantity) return null;
    const values = coloured().flatMap((geometry) => [...(geometry?.attributes[quantity.attribute]?.array ?? [])]);
    if (values.length === 0) return quantity;
    return { ...quantity, high: top > 0 ? top : quantity.fits ? fittingTop(values, quantity.tops) : quantity.high };
  }

  function colour(mesh, geometry, quantity) {
    const values = quantity && geometry.attributes[quantity.attribute];
    if (values) geometry.setAttribute('color', new BufferAttribute(vertexColours(values.array, quantity), 3));
    mesh.material.vertexColors = Boolean(values);
    mesh.material.color.setHex(values ? 0xffffff : BONE);
    mesh.material.needsUpdate = true;
  }

  // The half space proximal of where the coloured part of the radius ends.
  function beyond(geometry) {
    const axis = new Vector3(...frame.axis);
    const at = new Vector3();
    const { position } = geometry.attributes;
    let low = Infinity;
    for (let i = 0; i < position.count; i++) low = Math.min(low, axis.dot(at.fromBufferAttribute(position, i)));
    return planeOf(axis.clone().multiplyScalar(low).toArray(), axis.clone().negate().toArray());
  }

  // The radius is drawn twice: what lies proximal of the cut stays, what lies distal
  // moves with the fragment.
  function rebuild() {
    const fields = colouring === 'density' || colouring === 'stress' ? geometries.fields : null;
    const radius = fields ?? geometries.radius;
    const quantity = range();
    if (radius) {
      put('proximal', radius, material(BONE));
      put('distal', radius, material(BONE));
      colour(parts.proximal, radius, quantity);
      colour(parts.distal, radius, quantity);
    }
    put('rest', fields && geometries.radius ? geometries.radius : null, material(BONE));
    if (parts.rest) parts.rest.material.clippingPlanes = [beyond(fields)];
    if (geometries.ulna) {
      put('ulna', geometries.ulna, material(BONE));
      colour(parts.ulna, geometries.ulna, quantity);
    }
    if (geometries.target) {
      put('target', geometries.target, material(TARGET, {
        transparent: true, opacity: 0.28, depthWrite: false, polygonOffset: true, polygonOffsetFactor: 2, polygonOffsetUnits: 2 }));
    }
    for (const mesh of bones.values()) colour(mesh, mesh.geometry, quantity?.attribute === '_uncertainty_mm' ? quantity : null);
    if (geometries.guide) put('guide', geometries.guide, material(GUIDE, { transparent: true, opacity: 0.85 }));
    place();
  }

  function stand(object, matrix) {
    if (!object) return;
    object.matrixAutoUpdate = false;
    object.matrix.copy(matrix);
    object.matrixWorldNeedsUpdate = true;
  }

  // Landmarks lie on the bone as it is, not as it is planned.
  const asItIs = () => tool === 'landmark' || tool === 'outline';
  const isHidden = (name) => hidden.has(['proximal', 'distal', 'rest'].includes(name) ? 'radius' : name);

  function place() {
    pose();
    draw();
  }

  function pose() {
    const cut = plan?.osteotomy;
    const motion = matrixOf(asItIs() ? IDENTITY : plan?.motion ?? IDENTITY);
    const radius = matrixOf(plan?.corrections?.radius ?? IDENTITY);
    stand(fragment, motion);
    for (const name of ['proximal', 'distal', 'rest']) stand(parts[name], radius);
    stand(parts.ulna, matrixOf(plan?.corrections?.ulna ?? IDENTITY));
    for (const [name, mesh] of Object.entries(parts)) if (mesh) mesh.visible = !isHidden(name) && (name !== 'distal' || Boolean(cut));
    planeHandle.visible = Boolean(cut);
    if (cut) {
      const plane = planeOf(cut.point, cut.normal);
      if (parts.proximal) parts.proximal.material.clippingPlanes = [plane.clone().negate()];
      if (parts.distal) parts.distal.material.clippingPlanes = [plane.clone().applyMatrix4(motion)];
      if (tool !== 'plane' || !gizmo.dragging) {
        planeHandle.position.set(...cut.point);
        planeHandle.quaternion.setFromUnitVectors(new Vector3(0, 0, 1), new Vector3(...cut.normal).normalize());
      }
      if (!gizmo.dragging) {
        handle.position.copy(new Vector3(...cut.point).applyMatrix4(motion));
        handle.quaternion.setFromRotationMatrix(motion);
      }
    } else {
      if (parts.proximal) parts.proximal.material.clippingPlanes = [];
    }
    placeMarks();
    pins.update(pinned, plan);
  }

  function placeMarks() {
    const list = plan?.landmarks ?? [];
    while (marks.children.length > list.length) marks.children.at(-1).removeFromParent();
    while (marks.children.length < list.length) {
      const ball = new Mesh(new SphereGeometry(1, 16, 12), new MeshStandardMaterial({ color: 0xff6f61 }));
      marks.add(ball);
    }
    list.forEach((mark, i) => {
      const ball = marks.children[i];
      ball.name = mark.id;
      if (!(gizmo.dragging && gizmo.object === ball)) ball.position.set(...mark.shown);
      ball.material.color.setHex(mark.id === plan.selection ? 0xffe066 : 0xff6f61);
    });
    marks.visible = tool === 'landmark' || plan?.showLandmarks === true;
  }

  function dragged(final) {
    if (tool === 'fragment') {
      const cut = new Vector3(...plan.osteotomy.point);
      const turned = cut.clone().applyQuaternion(handle.quaternion);
      onDrag('fragment', 'motion', rigidOf(handle.position.clone().sub(turned), handle.quaternion), final);
    } else if (tool === 'plane') {
      const normal = new Vector3(0, 0, 1).applyQuaternion(planeHandle.quaternion);
      onDrag('osteotomy', gizmo.mode === 'rotate' ? 'normal' : 'point',
        gizmo.mode === 'rotate' ? normal.toArray() : planeHandle.position.toArray(), final);
    } else if (tool === 'landmark' && gizmo.object) {
      onDrag(gizmo.object.name, 'position', gizmo.object.position.toArray(), final);
    }
  }
  gizmo.addEventListener('objectChange', () => { dragged(false); draw(); });
  gizmo.addEventListener('change', draw);
  gizmo.addEventListener('dragging-changed', (event) => {
    orbit.enabled = !event.value;
    if (!event.value) dragged(true);
  });

  const picker = new Raycaster();
  let down = null;
  renderer.domElement.addEventListener('pointerdown', (event) => { down = [event.clientX, event.clientY]; });
  renderer.domElement.addEventListener('pointerup', (event) => {
    if (!down || Math.hypot(event.clientX - down[0], event.clientY - down[1]) > 6 || gizmo.dragging) return;
    const box = renderer.domElement.getBoundingClientRect();
    const at = [2 * (event.clientX - box.left) / box.width - 1, 1 - 2 * (event.clientY - box.top) / box.height];
    if (second) return;
    if (pinning) {
      const point = pointUnder(...at);
      if (point) onPoint(point);
      return;
    }
    picker.setFromCamera(new Vector2(...at), camera);
    const [pin] = picker.intersectObjects(pins.group.children, false);
    if (pin) return void onPin(pin.object.name);
    const hits = picker.intersectObjects(marks.visible ? marks.children : [], false);
    if (hits.length > 0) onPick(hits[0].object.name);
  });

  // The point of a bone under a place of the picture (-1 to 1 both ways), where the fit has it.
  function pointUnder(x, y) {
    picker.setFromCamera(new Vector2(x, y), camera);
    const meshes = ['proximal', 'distal', 'ulna'].map((name) => parts[name]).filter((mesh) => mesh?.visible);
    const hit = picker.intersectObjects(meshes, false)
      .find(({ object, point }) => (object.material.clippingPlanes ?? []).every((plane) => plane.distanceToPoint(point) >= 0));
    return hit ? { bone: hit.object === parts.ulna ? 'ulna' : 'radius', anchor: hit.object.worldToLocal(hit.point.clone()).toArray() } : null;
  }

  function showTool() {
    gizmo.detach();
    if (tool === 'fragment' && plan?.osteotomy) gizmo.attach(handle);
    if (tool === 'plane' && plan?.osteotomy) gizmo.attach(planeHandle);
    const mark = marks.children.find((ball) => ball.name === plan?.selection);
    if (tool === 'landmark' && mark) gizmo.attach(mark);
    gizmo.setSpace('local');
    place();
  }

  const api = {
    async setBones(bytes) {
      for (const [name, data] of Object.entries(bytes)) if (data) geometries[name] = await readGlb(data);
      rebuild();
    },
    // One of any number of bones, in the patient's axes.
    async addBone(name, data) {
      bones.get(name)?.removeFromParent();
      const mesh = new Mesh(await readGlb(data), material(BONE));
      bones.set(name, mesh);
      scene.add(mesh);
      draw();
    },
    // All of them from the front, head up.
    lookAtAll() {
      const box = new Box3();
      for (const mesh of bones.values()) box.expandByObject(mesh);
      if (box.isEmpty() || !frame) return;
      const size = box.getSize(new Vector3());
      const fit = Math.max(size.z, size.x / Math.max(0.2, camera.aspect)) * 0.56;
      const centre = box.getCenter(new Vector3());
      camera.up.set(...frame.axis);
      camera.position.copy(centre).addScaledVector(new Vector3(...frame.volar), size.y / 2 + fit / Math.tan((camera.fov * Math.PI) / 360));
      orbit.target.copy(centre);
      orbit.update();
      draw();
    },
    // Colours by `name` up to `wanted` (0: what fits) and answers the scale that is shown.
    setColouring(name, wanted = 0) {
      colouring = name;
      top = wanted;
      rebuild();
      return range();
    },
    setPlan(next) {
      const changed = plan?.selection !== next?.selection || Boolean(plan?.osteotomy) !== Boolean(next?.osteotomy);
      plan = next;
      place();
      if (changed && !gizmo.dragging) showTool();
    },
    // Another version beside this one, or null.
    setSecond(other) {
      second = other;
      resize();
      place();
    },
    // Turns the picture so that the pin lies in its middle.
    lookAtPin(id) {
      const at = pins.places()[id];
      if (!at) return;
      const by = new Vector3(...at).sub(orbit.target);
      orbit.target.add(by);
      camera.position.add(by);
      orbit.update();
      draw();
    },
    setPins(list) {
      pinned = list;
      place();
    },
    // Whether a tap on a bone asks for a pin there.
    setPinning(on) { pinning = on; },
    pointUnder,
    setTool(name, mode = 'translate') {
      tool = name;
      gizmo.setMode(name === 'landmark' ? 'translate' : mode);
      showTool();
    },
    setVisible(name, visible) {
      if (visible) hidden.delete(name);
      else hidden.add(name);
      place();
    },
    setFrame(anatomy) { frame = anatomy; },
    // Looks at the wrist from one side, hand up as on a film.
    look(side) {
      if (!frame) return;
      const out = new Vector3(...(side === 'radial' || side === 'ulnar' ? frame.radial : frame.volar));
      if (side === 'dorsal' || side === 'ulnar') out.negate();
      const up = new Vector3(...frame.axis);
      const centre = new Vector3(...frame.origin).addScaledVector(up, -32);
      const fit = 88 / Math.min(1.15, Math.max(0.62, camera.aspect));
      camera.up.copy(up);
      camera.position.copy(centre).addScaledVector(out, fit / Math.tan((camera.fov * Math.PI) / 360));
      orbit.target.copy(centre);
      orbit.update();
      draw();
    },
    // Turns the view about what is looked at, by radians to the right and up; nearer by a factor.
    turn(right, up, nearer = 1) {
      turnAbout(camera, orbit, right, up, nearer);
      draw();
    },
    cameraPose: () => [...camera.position.toArray(), ...orbit.target.toArray(), ...camera.up.toArray()],
    setCameraPose(pose) {
      camera.position.set(...pose.slice(0, 3));
      orbit.target.set(...pose.slice(3, 6));
      camera.up.set(...pose.slice(6, 9));
      orbit.update();
      draw();
    },
    // What a test reads to know that bones are on the stage.
    report: () => ({
      triangles: renderer.info.render.triangles,
      parts: Object.entries(parts).filter(([, mesh]) => mesh).map(([name]) => name),
      bones: [...bones.keys()],
      drawn: Object.entries(parts).filter(([, mesh]) => mesh?.visible).map(([name]) => name),
      textures: renderer.info.memory.textures,
      pins: pins.places(),
      halves: second !== null,
    }),
    draw,
    dispose() {
      alive = false;
      watcher.disconnect();
      gizmo.dispose();
      orbit.dispose();
      pins.dispose();
      for (const geometry of Object.values(geometries)) geometry.dispose();
      for (const mesh of bones.values()) mesh.geometry.dispose();
      renderer.dispose();
      renderer.domElement.remove();
    },
  };
  resize();
  return api;
}
