import type { Socket } from 'node:net'

/**
 * Sends what is written within one turn of the event loop as one packet. ssh2 writes each message by itself: opening a
 * channel's end, its close and the good-bye would be a system call, a packet and a wake-up of the server each.
 */
export function coalesceWrites(socket: Socket): Socket {
  const write = socket.write.bind(socket) as (...words: unknown[]) => boolean
  let isCorked = false
  const uncork = (): void => {
    isCorked = false
    socket.uncork()
  }
  socket.write = (...words: unknown[]): boolean => {
    if (!isCorked) {
      isCorked = true
      socket.cork()
      setImmediate(uncork)
    }
    return write(...words)
  }
  return socket
}
