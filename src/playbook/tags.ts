/** What --tags and --skip-tags say. */
export interface TagChoice {
  readonly tags?: readonly string[] | undefined
  readonly skipTags?: readonly string[] | undefined
}

/** Whether a step with these tags is wanted, by Ansible's rules for always, never, tagged, untagged and all. */
export function isWanted(own: readonly string[], choice: TagChoice): boolean {
  const wanted = choice.tags ?? []
  const skipped = choice.skipTags ?? []
  return runs(own, wanted) && !isSkipped(own, skipped)
}

function runs(own: readonly string[], wanted: readonly string[]): boolean {
  if (own.includes('always')) return true
  if (own.some((tag) => wanted.includes(tag))) return true
  if (own.includes('never')) return false
  if (wanted.length === 0 || wanted.includes('all')) return true
  return wanted.includes(own.length > 0 ? 'tagged' : 'untagged')
}

function isSkipped(own: readonly string[], skipped: readonly string[]): boolean {
  if (skipped.length === 0) return false
  if (skipped.includes('all')) return !own.includes('always') || skipped.includes('always')
  if (own.some((tag) => skipped.includes(tag))) return true
  return skipped.includes(own.length > 0 ? 'tagged' : 'untagged')
}
