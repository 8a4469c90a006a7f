import { hostChecks } from '../bootstrap/host-checks.ts'
import { unknownWord } from '../kernel/nearest.ts'
import { usageFault, type OptionDefinition, type OptionValues } from './options.ts'

const names = hostChecks.map(({ name }) => name)

export const skipChecksOption: OptionDefinition = {
  name: 'skip-checks',
  value: 'NAMES',
  repeatable: true,
  commas: true,
  help: 'leave out these checks of the hosts (`kmesos check --list`)',
}

export function skippedChecks(options: OptionValues, verb: string): readonly string[] {
  const given = options.words('skip-checks')
  const unknown = given.find((name) => !names.includes(name))
  if (unknown !== undefined) throw usageFault(unknownWord('check', unknown, names), verb)
  return given
}
