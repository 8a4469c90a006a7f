/** Looks at a number again and again until told to stop, and keeps the highest. */
export function countAtOnce(look: () => Promise<number>, everyMs = 100): { stop(): Promise<number> } {
  let highest = 0
  let stopped = false
  const watch = async (): Promise<void> => {
    while (!stopped) {
      highest = Math.max(highest, await look())
      await new Promise((resolve) => setTimeout(resolve, everyMs))
    }
  }
  const watching = watch()
  return {
    stop: async () => {
      stopped = true
      await watching
      return highest
    },
  }
}
