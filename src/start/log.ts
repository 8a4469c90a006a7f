/** Plain lines on standard output, one an event: time, what it is about, text. They end up in Mesos' sandbox. */
export interface Log {
  (step: string, text: string): void
}

export interface LogOptions {
  readonly service: string
  readonly now: () => number
  readonly write: (line: string) => void
  /** Masks the service's secrets; replaced when they change. */
  readonly redact: (text: string) => string
}

export function createLog(options: LogOptions): Log {
  return (step, text) => {
    const oneLine = options.redact(text).replaceAll('\n', ' | ')
    const time = new Date(options.now()).toISOString()
    options.write(`${time} kmesos-start ${options.service}${step ? `/${step}` : ''}: ${oneLine}\n`)
  }
}
