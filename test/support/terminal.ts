import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface TerminalOptions {
  readonly columns: number
  readonly rows: number
  readonly cwd: string
  readonly environment?: Readonly<Record<string, string>>
}

/** A real terminal emulator (tmux, with a server of its own) in which a shell runs. */
export interface Terminal {
  /** Types a line and presses Enter. */
  readonly type: (line: string) => Promise<void>
  /** Presses keys by tmux' names: `C-c`, `Enter`. */
  readonly press: (...keys: readonly string[]) => Promise<void>
  /** What the screen shows; with its history when asked. */
  readonly capture: (history?: boolean) => Promise<string>
  readonly resize: (columns: number, rows: number) => Promise<void>
  /** The first screen that matches. Throws with the last one when none does in a minute. */
  readonly shows: (pattern: RegExp) => Promise<string>
  /** `1` when the cursor is visible. */
  readonly cursor: () => Promise<string>
  readonly close: () => Promise<void>
}

let count = 0

export async function openTerminal({
  columns,
  rows,
  cwd,
  environment = {},
}: TerminalOptions): Promise<Terminal> {
  const server = `kmesos-test-${process.pid}-${count++}`
  const tmux = async (...words: readonly string[]): Promise<string> => {
    const { stdout } = await run('tmux', ['-L', server, '-f', '/dev/null', ...words], { cwd })
    return stdout
  }
  const variables = { PS1: '$ ', LC_ALL: 'C.UTF-8', CI: '', ...environment }
  const settings = Object.entries(variables).flatMap(([name, value]) => ['-e', `${name}=${value}`])
  const size = ['-x', String(columns), '-y', String(rows)]
  await tmux('new-session', '-d', ...size, ...settings, 'sh')
  await tmux('set-option', '-g', 'status', 'off')
  await tmux('set-option', '-g', 'window-size', 'manual')
  await tmux('resize-window', ...size)
  const capture = (history = false): Promise<string> =>
    tmux('capture-pane', '-p', ...(history ? ['-S', '-', '-J'] : []))
  return {
    capture,
    type: async (line) => {
      await tmux('send-keys', '-l', line)
      await tmux('send-keys', 'Enter')
    },
    press: async (...keys) => void (await tmux('send-keys', ...keys)),
    resize: async (x, y) => void (await tmux('resize-window', '-x', String(x), '-y', String(y))),
    shows: (pattern) => firstThat(capture, pattern),
    cursor: async () => (await tmux('display-message', '-p', '#{cursor_flag}')).trim(),
    close: async () => void (await tmux('kill-server').catch(() => '')),
  }
}

async function firstThat(capture: () => Promise<string>, pattern: RegExp): Promise<string> {
  const deadline = Date.now() + 60_000
  for (;;) {
    const screen = await capture()
    if (pattern.test(screen)) return screen
    if (Date.now() > deadline) throw new Error(`no screen with ${pattern}; the last one:\n${screen}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
