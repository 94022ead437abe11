// Comments on the bone: a numbered pin for each, as large on the screen from near as from
// far. An anchor is kept where the fit has its bone and shown where the plan has brought it.
import { CanvasTexture, Group, Sprite, SpriteMaterial, SRGBColorSpace, Vector3 } from 'three';
import { IDENTITY, matrixOf, planeOf } from './rigid.js';

const PIXELS = 96; // of a picture
const SHOWN = 28; // CSS pixels on the screen

function picture(text, chosen, resolved) {
  const canvas = document.createElement('canvas');
  canvas.width = PIXELS;
  canvas.height = PIXELS;
  const g = canvas.getContext('2d');
  g.beginPath();
  g.arc(PIXELS / 2, PIXELS / 2, PIXELS / 2 - 6, 0, 2 * Math.PI);
  g.fillStyle = resolved ? '#5b6f80' : chosen ? '#ffe066' : '#0b5f73';
  g.fill();
  g.lineWidth = 6;
  g.strokeStyle = '#ffffff';
  g.stroke();
  g.fillStyle = chosen && !resolved ? '#17212a' : '#ffffff';
  g.font = '700 48px sans-serif';
  g.textAlign = 'center';
  g.textBaseline = 'middle';
  g.fillText(text, PIXELS / 2, PIXELS / 2 + 3);
  const texture = new CanvasTexture(canvas);
  texture.colorSpace = SRGBColorSpace;
  return texture;
}

// Where the plan shows a point of a bone: corrected, and moved where it lies beyond the cut.
function placeOf({ bone, anchor }, plan) {
  const point = new Vector3(...anchor).applyMatrix4(matrixOf(plan?.corrections?.[bone] ?? IDENTITY));
  const cut = plan?.osteotomy;
  if (bone === 'radius' && cut && plan.motion && planeOf(cut.point, cut.normal).distanceToPoint(point) > 0) point.applyMatrix4(matrixOf(plan.motion));
  return point;
}

export function createPins() {
  const group = new Group();
  const shown = new Map(); // id to {sprite, look}
  let size = 0.04;

  function forget(id) {
    const { sprite } = shown.get(id);
    sprite.removeFromParent();
    sprite.material.map.dispose();
    sprite.material.dispose();
    shown.delete(id);
  }

  return {
    group,
    // As large on every stage: `height` in CSS pixels, seen under the angle `fov` in degrees.
    fit(height, fov) { size = (2 * Math.tan((fov * Math.PI) / 360) * SHOWN) / height; },
    // [{id, label, bone, anchor, chosen, resolved}]
    update(pins, plan) {
      for (const id of [...shown.keys()]) if (!pins.some((pin) => pin.id === id)) forget(id);
      for (const pin of pins) {
        const look = `${pin.label} ${pin.chosen} ${pin.resolved}`;
        if (shown.get(pin.id)?.look !== look) {
          if (shown.has(pin.id)) forget(pin.id);
          const sprite = new Sprite(new SpriteMaterial({ map: picture(pin.label, pin.chosen, pin.resolved), depthTest: false, sizeAttenuation: false }));
          sprite.renderOrder = 10;
          sprite.name = pin.id;
          group.add(sprite);
          shown.set(pin.id, { sprite, look });
        }
        shown.get(pin.id).sprite.scale.setScalar(size);
        shown.get(pin.id).sprite.position.copy(placeOf(pin, plan));
      }
    },
    places: () => Object.fromEntries([...shown].map(([id, { sprite }]) => [id, sprite.position.toArray()])),
    dispose() { for (const id of [...shown.keys()]) forget(id); },
  };
}
