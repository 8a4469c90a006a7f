/** Rules for the options of one level: a role's entry point, or a dict among its options. */
export interface OptionRules {
  readonly options?: Readonly<Record<string, OptionSpec>>
  readonly mutually_exclusive?: readonly (string | readonly string[])[]
  readonly required_together?: readonly (readonly string[])[]
  readonly required_one_of?: readonly (readonly string[])[]
  /** Name, its value, names that are then required; true: one of them is enough. */
  readonly required_if?: readonly (readonly [string, unknown, readonly string[], boolean?])[]
  readonly required_by?: Readonly<Record<string, string | readonly string[]>>
}

/** One option as `meta/argument_specs.yml` describes it, under Ansible's names. */
export interface OptionSpec extends OptionRules {
  readonly type?: string
  readonly required?: boolean
  readonly default?: unknown
  readonly choices?: readonly unknown[]
  /** Type of a list's items. */
  readonly elements?: string
  readonly aliases?: readonly string[]
  readonly no_log?: boolean
  readonly apply_defaults?: boolean
  /** file:line, put in by the loader. */
  readonly where?: string
}
