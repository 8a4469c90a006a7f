/** ssh2's own lists of algorithms, in the order in which it prefers them. */
declare module 'ssh2/lib/protocol/constants.js' {
  const constants: {
    DEFAULT_KEX: string[]
    SUPPORTED_KEX: string[]
    DEFAULT_CIPHER: string[]
    SUPPORTED_CIPHER: string[]
    DEFAULT_MAC: string[]
    SUPPORTED_MAC: string[]
    SUPPORTED_SERVER_HOST_KEY: string[]
  }
  export default constants
}
