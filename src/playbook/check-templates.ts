import { expressionFault, templateFault } from '../templates/render.ts'
import type { FaultList } from './fault-list.ts'
import { jinjaInCondition, jinjaInText } from './jinja-hints.ts'
import type { LocatedNode } from '../yaml/located-yaml.ts'
import type { Place } from './types.ts'

/** A condition's faults, told before anything runs. */
export function checkExpression(place: Place, text: string, faults: FaultList): void {
  if (text.includes('<%')) return checkText(place, text, faults)
  const hint = jinjaInCondition(text)
  const fault = expressionFault(text)
  if (hint !== undefined) faults.add(place, `"${text}" is not JavaScript: ${hint}`)
  else if (fault !== undefined) faults.add(place, `"${text}" is not JavaScript: ${fault}`)
}

/** Faults of all texts inside of a value, each with its line. */
export function checkTemplates(node: LocatedNode, faults: FaultList): void {
  if (node.isMap) for (const { node: value } of node.members()) checkTemplates(value, faults)
  else if (node.isList) for (const item of node.items()) checkTemplates(item, faults)
  else {
    const { value } = node
    if (typeof value === 'string') checkText(node, value, faults)
  }
}

function checkText(place: Place, text: string, faults: FaultList): void {
  const jinja = jinjaInText(text)
  if (jinja !== undefined) faults.add(place, jinja)
  if (!text.includes('<%')) return
  const fault = templateFault(text)
  if (fault === undefined) return
  const hint = jinjaInCondition(text.replace(/<%[-=]?|[-_]?%>/g, ' '))
  faults.add(place, `cannot read the template: ${fault}${hint === undefined ? '' : ` (${hint})`}`)
}

interface Arguments {
  readonly args: Readonly<Record<string, unknown>>
  readonly argLines: Readonly<Record<string, number>>
}

/** The texts of a module's arguments; those of assert are conditions. */
export function checkArgumentTexts(module: string, given: Arguments, place: Place, faults: FaultList): void {
  for (const [name, value] of Object.entries(given.args)) {
    const at = { file: place.file, line: given.argLines[name] ?? place.line }
    const isCondition = module === 'assert' && name === 'that'
    for (const text of textsIn(value)) {
      if (isCondition) checkExpression(at, text, faults)
      else checkText(at, text, faults)
    }
  }
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  if (value === null || typeof value !== 'object') return []
  return Object.values(value).flatMap(textsIn)
}
