/** Builds what is older than its sources; returns the names of the written files below dist/. */
export function build(options?: { readonly quiet?: boolean; readonly force?: boolean }): Promise<readonly string[]>
