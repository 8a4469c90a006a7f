/**
 * The seed of tests that draw cases by chance. Without KMESOS_SEED it is always the same, so that a failure in continuous
 * integration comes from the change under test; KMESOS_SEED=<number> repeats a run, KMESOS_SEED=random looks for new cases.
 */
const usualSeed = 20_261_201

export function testSeed(): number {
  const given = process.env['KMESOS_SEED'] ?? ''
  if (given === '') return usualSeed
  if (given === 'random') return Date.now() % 0x7fffffff
  const seed = Number(given)
  if (!Number.isInteger(seed) || seed <= 0)
    throw new Error(`KMESOS_SEED is a whole number above 0 or "random", not "${given}"`)
  return seed
}

/** The same, printed with the number of cases, so that a failure can be repeated. */
export function fuzzSeed(what: string, cases: number): number {
  const seed = testSeed()
  console.log(`NOTE fuzz: ${cases} cases of ${what}, seed ${seed}`)
  return seed
}
