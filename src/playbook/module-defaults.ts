import { unknownWord } from '../kernel/nearest.ts'
import { unknownParams } from '../modules/params.ts'
import { moduleNamed, moduleNames } from '../modules/registry.ts'
import type { FaultList } from './fault-list.ts'
import type { LocatedNode } from '../yaml/located-yaml.ts'
import type { ModuleDefaults } from './types.ts'

/** `module_defaults: { copy: { mode: "0644" } }`, or a list of such maps. */
export function parseModuleDefaults(node: LocatedNode, faults: FaultList): readonly ModuleDefaults[] {
  return (node.isList ? node.items() : [node]).map((each) => parseMap(each, faults))
}

function parseMap(node: LocatedNode, faults: FaultList): ModuleDefaults {
  if (!node.isMap) faults.add(node, 'module_defaults must be a map of modules to parameters')
  const defaults: Record<string, Readonly<Record<string, unknown>>> = {}
  for (const { key, line, node: params } of node.members()) {
    const place = { file: node.file, line }
    const module = moduleNamed(key)
    if (key.startsWith('group/')) faults.add(place, `"${key}" is not taken: name the modules one by one`)
    else if (!module) faults.add(place, unknownWord('module', key, moduleNames))
    else if (!params.isMap) faults.add(place, `the defaults of ${key} must be a map`)
    else {
      for (const { key: name, line: at } of params.members())
        for (const fault of unknownParams(module.schema, [name]))
          faults.add({ file: node.file, line: at }, `${key}: ${fault}`)
      faults.withDefaults.add(module.name)
      defaults[module.name] = params.value as Readonly<Record<string, unknown>>
    }
  }
  return defaults
}
