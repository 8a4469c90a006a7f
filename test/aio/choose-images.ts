import axios from 'axios'

export type ImageSource = 'local' | 'registry'

export interface ImageWish {
  /** What --images says; undefined: whatever can be had. */
  readonly asked: ImageSource | undefined
  /** `host:port` */
  readonly registry: string | undefined
}

const probeMs = 3_000

/** What was asked for, else the registry when one is named and answers, else our own images from Debian packages. */
export async function chooseImages(
  { asked, registry }: ImageWish,
  answers: (registry: string) => Promise<boolean> = registryAnswers,
): Promise<ImageSource> {
  if (asked !== undefined) return asked
  return registry !== undefined && (await answers(registry)) ? 'registry' : 'local'
}

/** A registry that wants a login (401) answers too; Docker speaks https, and http where it is told so. */
export async function registryAnswers(registry: string): Promise<boolean> {
  const asks = ['https', 'http'].map((scheme) =>
    axios.get(`${scheme}://${registry}/v2/`, {
      timeout: probeMs,
      validateStatus: (status) => status === 200 || status === 401,
    }),
  )
  return await Promise.any(asks).then(
    () => true,
    () => false,
  )
}
