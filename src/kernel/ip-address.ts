/** Whether a host's address is written in numbers and needs no resolving: IPv4, or IPv6 (no name has a colon). */
export function isIpAddress(address: string): boolean {
  return /^\d{1,3}(?:\.\d{1,3}){3}$/.test(address) || /^[0-9a-f:.]*:[0-9a-f:.]*$/i.test(address)
}
