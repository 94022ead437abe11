// Colours for numbers on a surface: perceptually even, safe for colour-blind eyes. The top
// of a scale is one of a few round numbers, so that two cases can be compared by eye; only
// stress, which grows with the load, begins at the one that fits the values.

// Eleven samples of "viridis" (van der Walt and Smith 2015, CC0).
const VIRIDIS = ['440154', '482475', '414487', '355f8d', '2a788e', '21918c', '22a884', '44bf70', '7ad151', 'bddf26', 'fde725']
  .map((hex) => [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255));

export const QUANTITIES = {
  plain: null,
  uncertainty: { attribute: '_uncertainty_mm', unit: 'mm', low: 0, high: 3, tops: [0.5, 1, 2, 3, 5, 10], digits: 1 },
  density: { attribute: '_density_mg_cm3', unit: 'mg/cm³', low: 0, high: 1200, tops: [300, 600, 900, 1200, 1800], digits: 0 },
  stress: { attribute: '_von_mises_mpa', unit: 'MPa', low: 0, high: 10, tops: [0.5, 1, 2, 5, 10, 20, 50, 100], fits: true, digits: 1 },
  displacement: { attribute: '_displacement_mm', unit: 'mm', low: 0, high: 0.1, tops: [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5], fits: true, digits: 3 },
};

// The lowest top that all but the highest hundredth of the values stay under.
export function fittingTop(values, tops) {
  const sorted = Float32Array.from(values).sort();
  const most = sorted[Math.floor(0.99 * (sorted.length - 1))] ?? 0;
  return tops.find((top) => top >= most) ?? tops.at(-1);
}

export function colourOf(fraction) {
  const x = Math.min(1, Math.max(0, fraction)) * (VIRIDIS.length - 1);
  const i = Math.min(VIRIDIS.length - 2, Math.floor(x));
  return VIRIDIS[i].map((c, k) => c + (x - i) * (VIRIDIS[i + 1][k] - c));
}

// sRGB to the linear light a renderer works in.
const linear = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);

export function vertexColours(values, { low, high }) {
  const colours = new Float32Array(values.length * 3);
  for (let i = 0; i < values.length; i++) {
    const rgb = colourOf((values[i] - low) / (high - low));
    for (let k = 0; k < 3; k++) colours[3 * i + k] = linear(rgb[k]);
  }
  return colours;
}

export const legendGradient = () =>
  `linear-gradient(to right, ${VIRIDIS.map((c) => `rgb(${c.map((v) => Math.round(255 * v)).join(' ')})`).join(', ')})`;
