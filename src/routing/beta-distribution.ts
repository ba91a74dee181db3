/** A source of randomness: each call returns a number in [0, 1), all equally likely. */
export type Random = () => number;

/**
 * A draw from the beta distribution, exact up to floating point; both parameters have to be at least 1. It is a ratio
 * of two gamma draws: for X ~ Gamma(a) and Y ~ Gamma(b), X / (X + Y) ~ Beta(a, b).
 */
export function sampleBeta(a: number, b: number, random: Random): number {
  const x = sampleGamma(a, random);
  return x / (x + sampleGamma(b, random));
}

/**
 * Marsaglia and Tsang, "A simple method for generating gamma variables" (2000): a cubed normal, accepted in at least 96
 * of 100 cases. The method holds for shapes from 1 up; smaller ones would need a correction that nobody here needs.
 */
function sampleGamma(shape: number, random: Random): number {
  if (!(shape >= 1)) throw new RangeError(`a gamma of shape ${shape}`);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = sampleNormal(random);
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - random()) < 0.5 * x * x + d * (1 - v + Math.log(v))) return d * v;
  }
}

/** The transform of Box and Muller. It takes the logarithm of 1 minus the draw, since a draw may be 0. */
function sampleNormal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
