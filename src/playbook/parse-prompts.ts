import type { FaultList } from './fault-list.ts'
import type { LocatedNode } from '../yaml/located-yaml.ts'
import { membersOf, refuseUnknown, textOf } from './parse-keywords.ts'
import type { VarsPrompt } from './types.ts'

const promptKeys = ['name', 'prompt', 'private', 'default', 'confirm', 'unsafe']

/** `vars_prompt`: variables that are asked for before the run starts. */
export function parsePrompts(node: LocatedNode | undefined, faults: FaultList): readonly VarsPrompt[] {
  if (!node || node.isEmpty) return []
  if (!node.isList) {
    faults.add(node, 'vars_prompt must be a list of maps with name and prompt')
    return []
  }
  return node.items().flatMap((item) => {
    const members = membersOf(item, faults)
    for (const key of ['encrypt', 'salt', 'salt_size'])
      if (members.has(key))
        faults.add(
          item,
          `${key} of vars_prompt is not taken: give the hash itself with -e, or make it in a task`,
        )
    refuseUnknown(members, [...promptKeys, 'encrypt', 'salt', 'salt_size'], 'key of vars_prompt', faults)
    const name = textOf(members.get('name')?.node.value)
    if (name === undefined) {
      faults.add(item, 'an entry of vars_prompt must say name')
      return []
    }
    const fallback = members.get('default')
    return {
      file: item.file,
      line: item.line,
      name,
      prompt: textOf(members.get('prompt')?.node.value) ?? name,
      isPrivate: members.get('private')?.node.value !== false,
      confirm: members.get('confirm')?.node.value === true,
      ...(fallback ? { default: fallback.node.value } : {}),
    }
  })
}
