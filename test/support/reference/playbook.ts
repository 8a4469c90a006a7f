import {
  facts,
  registers,
  unset,
  type Act,
  type Condition,
  type Node,
  type PlayModel,
  type RunModel,
  type TaskModel,
  type Value,
} from './model.ts'

/** The playbook and its files of tasks; JSON is YAML. `DIR` stands for the folder of the case. */
export function playbookOf(run: RunModel): {
  readonly text: string
  readonly files: Readonly<Record<string, string>>
} {
  const files: Record<string, string> = {}
  const plays = run.plays.map((play) => playOf(play, files))
  return { text: JSON.stringify(plays, null, 1), files }
}

type Json = Readonly<Record<string, unknown>>

function playOf(play: PlayModel, files: Record<string, string>): Json {
  return {
    hosts: 'all',
    ...given('serial', play.serial),
    vars: {
      ...Object.fromEntries(registers.map((name) => [name, unset.register])),
      ...Object.fromEntries(facts.map((name) => [name, unset.fact])),
    },
    tasks: play.tasks.map((node) => nodeOf(node, files)),
    handlers: play.handlers.map(taskOf),
  }
}

function nodeOf(node: Node, files: Record<string, string>): Json {
  const list = (nodes: readonly Node[]): readonly Json[] => nodes.map((each) => nodeOf(each, files))
  switch (node.kind) {
    case 'task':
      return taskOf(node)
    case 'flush':
      return { meta: 'flush_handlers' }
    case 'block':
      return {
        block: list(node.block),
        ...(node.rescue.length > 0 ? { rescue: list(node.rescue) } : {}),
        ...(node.always.length > 0 ? { always: list(node.always) } : {}),
        ...given('when', conditionOf(node.when)),
        ...given('tags', node.tags),
        ...given('ignore_errors', node.ignoreErrors),
      }
    case 'include': {
      const file = `tasks-${Object.keys(files).length}.yml`
      files[file] = ''
      files[file] = JSON.stringify(list(node.tasks), null, 1)
      return {
        name: node.name,
        include_tasks: file,
        ...given('when', conditionOf(node.when)),
        ...given('tags', node.tags),
      }
    }
  }
}

function taskOf(task: TaskModel): Json {
  return {
    name: task.name,
    ...moduleOf(task.act, task.name),
    ...given('when', conditionOf(task.when)),
    ...given('loop', task.loop),
    ...given('register', task.register),
    ...given('ignore_errors', task.ignoreErrors),
    ...given('notify', task.notify),
    ...given('tags', task.tags),
    ...given('run_once', task.runOnce),
    ...given('delegate_to', task.delegateTo),
    ...(task.unchanged || task.act.do === 'read' ? { changed_when: false } : {}),
  }
}

function given(name: string, value: unknown): Json {
  return value === undefined ? {} : { [name]: value }
}

const own = 'DIR/<%= inventory_hostname %>'

function moduleOf(act: Act, name: string): Json {
  switch (act.do) {
    case 'log':
      return { shell: `echo ${name} >>${own}/log; echo ${name}` }
    case 'break':
      return { shell: `echo ${name} >>${own}/log; exit 3` }
    case 'write':
      return { copy: { dest: `${own}/${act.file}`, content: `${valueOf(act.value)}\n` } }
    case 'line':
      return { lineinfile: { path: `${own}/${act.file}`, line: act.text, create: true } }
    case 'remove':
      return { file: { path: `${own}/${act.file}`, state: 'absent' } }
    case 'create':
      return { shell: `echo ${name} >${own}/${act.file}`, args: { creates: `${own}/${act.file}` } }
    case 'spoil':
      return { shell: `echo ${act.text} >${own}/${act.file}; echo ${name} >>${own}/log` }
    case 'read':
      return { command: `cat ${own}/${act.file}` }
    case 'stat':
      return { stat: { path: `${own}/${act.file}` } }
    case 'fact':
      return { set_fact: { [act.fact]: valueOf(act.value) } }
  }
}

function valueOf(value: Value): string {
  if ('text' in value) return value.text
  if ('fact' in value) return `<%= ${value.fact} %>`
  if ('item' in value) return '<%= item %>'
  return `<%= ${said(value.stdout)} %>`
}

/** Not every register has an output, and no value may be missing. */
function said(register: string): string {
  return `(Object.hasOwn(${register}, 'stdout') ? ${register}.stdout : 'nothing')`
}

function conditionOf(condition: Condition | undefined): unknown {
  if (condition === undefined) return undefined
  switch (condition.is) {
    case 'never':
      return false
    case 'host':
      return `inventory_hostname === '${condition.host}'`
    case 'said':
      return `${said(condition.register)} === '${condition.text}'`
    case 'fact':
      return `${condition.fact} === '${condition.text}'`
    case 'item':
      return `item === '${condition.text}'`
    default:
      return `${condition.not ? '!' : ''}${flagOf(condition.is, condition.register)}`
  }
}

function flagOf(flag: 'changed' | 'failed' | 'skipped' | 'exists', register: string): string {
  if (flag === 'exists') return `(Object.hasOwn(${register}, 'stat') && ${register}.stat.exists)`
  return `(Object.hasOwn(${register}, '${flag}') && ${register}.${flag})`
}
