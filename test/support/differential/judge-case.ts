import type { DifferentialCase } from './case.ts'

/** What is wrong with a case, given the differences that were found; empty when it is as its case.yml says. */
export function judgeCase(one: DifferentialCase, differences: readonly string[]): readonly string[] {
  if (one.gap !== undefined) return []
  const intended = one.differs.map(({ what }) => new RegExp(what))
  const certain = one.differs
    .filter(({ sometimes }) => sometimes !== true)
    .map(({ what }) => new RegExp(what))
  const unexpected = differences.filter((line) => !intended.some((pattern) => pattern.test(line)))
  const missing = certain.filter((pattern) => !differences.some((line) => pattern.test(line)))
  return [...unexpected, ...missing.map((pattern) => `did not differ as case.yml says: ${pattern.source}`)]
}
