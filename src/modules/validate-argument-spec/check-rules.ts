import { isSame } from './same.ts'
import type { OptionRules } from './types.ts'

type Values = Readonly<Record<string, unknown>>

/** Rules between options: `given` are those that somebody gave, `values` are these and the defaults. */
export function checkRules(rules: OptionRules, given: readonly string[], values: Values): readonly string[] {
  const has = (name: string): boolean => name in values
  return [
    ...exclusive(rules).flatMap((names) => {
      const both = names.filter((name) => given.includes(name))
      return both.length > 1 ? [`arguments exclude each other: ${both.join(', ')}`] : []
    }),
    ...(rules.required_together ?? [])
      .filter((names) => names.some(has) && !names.every(has))
      .map((names) => `arguments are required together: ${names.join(', ')}`),
    ...(rules.required_one_of ?? [])
      .filter((names) => !names.some(has))
      .map((names) => `one of these arguments is required: ${names.join(', ')}`),
    ...requiredIf(rules, values),
    ...requiredBy(rules, values),
  ]
}

function requiredIf({ required_if: list = [] }: OptionRules, values: Values): readonly string[] {
  return list.flatMap(([name, value, names, isOneEnough = false]) => {
    if (!(name in values) || !isSame(values[name], value)) return []
    const missing = names.filter((each) => !(each in values))
    if (missing.length === 0 || (isOneEnough && missing.length < names.length)) return []
    const which = isOneEnough ? 'one of these is required' : 'these are missing'
    return [`${name} is ${String(value)}, and ${which}: ${missing.join(', ')}`]
  })
}

function requiredBy({ required_by: map = {} }: OptionRules, values: Values): readonly string[] {
  const isGiven = (name: string): boolean => values[name] !== undefined && values[name] !== null
  return Object.entries(map).flatMap(([name, wanted]) => {
    const missing = [wanted].flat().filter((each) => !isGiven(each))
    return isGiven(name) && missing.length > 0 ? [`${name} requires: ${missing.join(', ')}`] : []
  })
}

/** One list of names, or several. */
function exclusive({ mutually_exclusive: lists = [] }: OptionRules): readonly (readonly string[])[] {
  const names = lists.filter((each) => typeof each === 'string')
  const several = lists.filter((each) => typeof each !== 'string')
  return names.length > 0 ? [...several, names] : several
}
