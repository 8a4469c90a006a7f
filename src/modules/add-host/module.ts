import { noChange } from '../no-change.ts'
import { defineModule } from '../types.ts'

interface AddHostParams {
  readonly name: string
  readonly groups?: readonly unknown[]
}

/** The runner takes the host from `add_host`; it is there for the plays that follow. */
export const addHostModule = defineModule<AddHostParams, undefined>({
  name: 'add_host',
  summary: 'adds a host to the inventory of this run',
  schema: {
    params: {
      name: { type: 'text', required: true, aliases: ['host', 'hostname'] },
      groups: { type: 'list', aliases: ['group', 'groupname'] },
    },
    open: true,
  },
  plan: (params) => {
    const { name, groups = [], ...rest } = params
    const known = ['host', 'hostname', 'group', 'groupname']
    const vars = Object.fromEntries(Object.entries(rest).filter(([key]) => !known.includes(key)))
    return noChange(`${name} is in the inventory`, { add_host: { name, groups: groups.map(String), vars } })
  },
})
