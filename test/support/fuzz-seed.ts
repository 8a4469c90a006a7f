/** The seed of a fuzz test: KMESOS_SEED, else a fresh one; printed with the number of cases, so that a failure can be repeated. */
export function fuzzSeed(what: string, cases: number): number {
  const given = Number(process.env['KMESOS_SEED'])
  const seed = Number.isInteger(given) && given !== 0 ? given : Date.now() % 0x7fffffff
  console.log(`NOTE fuzz: ${cases} cases of ${what}, seed ${seed}`)
  return seed
}
