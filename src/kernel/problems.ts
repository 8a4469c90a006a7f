/** One fault of a file: where it stands (`path:line` or `path: member/member`) and what is wrong. */
export interface Problem {
  readonly where: string
  readonly message: string
}

/** One line each, as they are printed below a ConfigError's message. */
export function formatProblems(problems: readonly Problem[]): string {
  return problems.map((problem) => `${problem.where}: ${problem.message}`).join('\n')
}

/** "2 problems", "1 problem". */
export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
