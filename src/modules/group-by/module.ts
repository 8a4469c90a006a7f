import { noChange } from '../no-change.ts'
import { defineModule } from '../types.ts'

interface GroupByParams {
  readonly key: string
  readonly parents?: readonly unknown[]
}

/** The runner takes the groups from `groups`; they are there for the plays that follow. */
export const groupByModule = defineModule<GroupByParams, undefined>({
  name: 'group_by',
  summary: 'puts the host into a group made of a value',
  schema: { params: { key: { type: 'text', required: true }, parents: { type: 'list' } } },
  plan: ({ key, parents = [] }) => {
    const groups = [key, ...parents.map(String)].map((name) => name.replaceAll(' ', '-'))
    return noChange(`in ${groups.join(', ')}`, { groups })
  },
})
