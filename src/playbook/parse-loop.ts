import { unknownWord } from '../kernel/nearest.ts'
import type { FaultList } from './fault-list.ts'
import { loopKeywords } from './keyword-names.ts'
import { membersOf, type Members } from './parse-keywords.ts'
import type { Looped, Place } from './types.ts'

const loopControls = ['loop_var', 'index_var', 'label', 'pause', 'extended']

/** `loop` or one of `with_*`, and loop_control. */
export function parseLoop(members: Members, faults: FaultList, place: Place): Looped {
  const [key, ...more] = loopKeywords.filter((name) => name !== 'loop_control' && members.has(name))
  if (more.length > 0) faults.add(place, `a task has one loop, this one has ${[key, ...more].join(' and ')}`)
  const controls = controlsOf(members, faults, place)
  const raw = (name: string): unknown => controls.get(name)?.node.value
  const kind = key === undefined || key === 'loop' ? undefined : key.slice('with_'.length)
  return {
    ...(key === undefined ? {} : { loop: members.get(key)?.node.value ?? [] }),
    ...(kind === undefined ? {} : { loopKind: kind }),
    loopVar: raw('loop_var') === undefined ? 'item' : String(raw('loop_var')),
    ...(raw('index_var') === undefined ? {} : { indexVar: String(raw('index_var')) }),
    ...(raw('label') === undefined ? {} : { loopLabel: raw('label') }),
    ...(raw('pause') === undefined ? {} : { loopPause: raw('pause') }),
    ...(raw('extended') === true ? { loopExtended: true } : {}),
  }
}

function controlsOf(members: Members, faults: FaultList, place: Place): Members {
  const node = members.get('loop_control')?.node
  if (!node) return new Map()
  const controls = membersOf(node, faults)
  for (const [name, { line }] of controls) {
    if (!loopControls.includes(name))
      faults.add({ file: place.file, line }, unknownWord('key of loop_control', name, loopControls))
  }
  return controls
}
