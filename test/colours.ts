// How colours look to people: contrast (WCAG 2.2), the distance between two (CIEDE2000, Sharma 2005), and what somebody sees who lacks one
// kind of cone (Machado 2009, severity 1).

type Triple = readonly [number, number, number];
export type Sight = "all" | "protan" | "deutan" | "tritan";

const blind: Readonly<Record<Exclude<Sight, "all">, readonly [Triple, Triple, Triple]>> = {
  protan: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deutan: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritan: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** 1 to 21. */
export function contrast(one: string, other: string): number {
  const [a, b] = [luminance(toLinear(one)), luminance(toLinear(other))];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

/** CIEDE2000 between two colours as `sight` sees them: 1 is about what can just be told apart. */
export function distance(one: string, other: string, sight: Sight): number {
  return ciede2000(toLab(seen(toLinear(one), sight)), toLab(seen(toLinear(other), sight)));
}

function seen(linear: Triple, sight: Sight): Triple {
  if (sight === "all") return linear;
  return blind[sight].map((row) => Math.min(1, Math.max(0, dot(row, linear)))) as unknown as Triple;
}

function toLinear(hex: string): Triple {
  const channel = (at: number): number => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

function dot(row: Triple, [r, g, b]: Triple): number {
  return row[0] * r + row[1] * g + row[2] * b;
}

function luminance(linear: Triple): number {
  return dot([0.2126, 0.7152, 0.0722], linear);
}

/** CIE Lab, white D65. */
function toLab(linear: Triple): Triple {
  const curve = (t: number): number => (t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116);
  const x = curve(dot([0.4124564, 0.3575761, 0.1804375], linear) / 0.95047);
  const y = curve(dot([0.2126729, 0.7151522, 0.072175], linear));
  const z = curve(dot([0.0193339, 0.119192, 0.9503041], linear) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function ciede2000([l1, a1, b1]: Triple, [l2, a2, b2]: Triple): number {
  const pi2 = 2 * Math.PI;
  const meanChroma = (Math.hypot(a1, b1) + Math.hypot(a2, b2)) / 2;
  const g = 0.5 * (1 - Math.sqrt(meanChroma ** 7 / (meanChroma ** 7 + 25 ** 7)));
  const [c1, c2] = [Math.hypot(a1 * (1 + g), b1), Math.hypot(a2 * (1 + g), b2)];
  const hueOf = (a: number, b: number): number => (a === 0 && b === 0 ? 0 : (Math.atan2(b, a * (1 + g)) + pi2) % pi2);
  const [h1, h2] = [hueOf(a1, b1), hueOf(a2, b2)];
  const turned = h2 - h1;
  const dh = c1 * c2 === 0 ? 0 : turned > Math.PI ? turned - pi2 : turned < -Math.PI ? turned + pi2 : turned;
  const dH = 2 * Math.sqrt(c1 * c2) * Math.sin(dh / 2);
  const sum = h1 + h2;
  const meanHue = c1 * c2 === 0 ? sum : Math.abs(turned) <= Math.PI ? sum / 2 : sum < pi2 ? (sum + pi2) / 2 : (sum - pi2) / 2;
  const [meanL, meanC] = [(l1 + l2) / 2, (c1 + c2) / 2];
  const degrees = (value: number): number => (value * Math.PI) / 180;
  const t =
    1 -
    0.17 * Math.cos(meanHue - degrees(30)) +
    0.24 * Math.cos(2 * meanHue) +
    0.32 * Math.cos(3 * meanHue + degrees(6)) -
    0.2 * Math.cos(4 * meanHue - degrees(63));
  const turn = degrees(60) * Math.exp(-((((meanHue * 180) / Math.PI - 275) / 25) ** 2));
  const rotation = -Math.sin(turn) * 2 * Math.sqrt(meanC ** 7 / (meanC ** 7 + 25 ** 7));
  const lightness = (l2 - l1) / (1 + (0.015 * (meanL - 50) ** 2) / Math.sqrt(20 + (meanL - 50) ** 2));
  const chroma = (c2 - c1) / (1 + 0.045 * meanC);
  const hue = dH / (1 + 0.015 * meanC * t);
  return Math.sqrt(lightness ** 2 + chroma ** 2 + hue ** 2 + rotation * chroma * hue);
}
