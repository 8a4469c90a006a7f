import { alwaysThere } from './vars-files.ts'
import type { Vars } from '../inventory/types.ts'
import type { Playbook, VarsPrompt } from './types.ts'

/** Prompts of all plays whose variables nobody has given, each name once. */
export function openPrompts(playbook: Playbook, given: Vars): readonly VarsPrompt[] {
  const all = playbook.plays.flatMap((play) => play.prompts).filter(({ name }) => !(name in given))
  return [...new Map(all.toReversed().map((prompt) => [prompt.name, prompt])).values()].toReversed()
}

/** The playbook with the answers where the plays asked for them: above `vars`, below `vars_files`. */
export function withAnswers(playbook: Playbook, answers: Vars): Playbook {
  const plays = playbook.plays.map((play) => {
    const own = play.prompts.filter(({ name }) => name in answers)
    if (own.length === 0) return play
    const layer = {
      file: play.file,
      lines: Object.fromEntries(own.map(({ name, line }) => [name, line])),
      vars: Object.fromEntries(own.map(({ name }) => [name, answers[name]])),
      // What somebody typed is a value, never a template.
      raw: true as const,
    }
    return { ...play, varsFiles: [alwaysThere(layer), ...play.varsFiles] }
  })
  return { ...playbook, plays }
}
