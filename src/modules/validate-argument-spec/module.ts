import { noChange, refused } from '../no-change.ts'
import { defineModule } from '../types.ts'
import { checkArguments } from './check-arguments.ts'
import type { OptionRules, OptionSpec } from './types.ts'

interface ValidateParams {
  readonly argument_spec: Readonly<Record<string, OptionSpec>>
  readonly provided_arguments?: Readonly<Record<string, unknown>>
  readonly validate_args_context?: Readonly<Record<string, unknown>>
  readonly rules?: OptionRules
}

/** Runs by itself where a role with meta/argument_specs.yml begins. */
export const validateArgumentSpecModule = defineModule<ValidateParams, undefined>({
  name: 'validate_argument_spec',
  summary: 'checks variables against a specification of names, types and choices',
  schema: {
    params: {
      argument_spec: { type: 'map', required: true, about: 'options as in meta/argument_specs.yml' },
      provided_arguments: {
        type: 'map',
        about: 'values that beat the variables of these names; others are unsupported',
      },
      validate_args_context: { type: 'map', about: 'registered with the result' },
      rules: {
        type: 'map',
        about:
          'between the options: mutually_exclusive, required_together, required_one_of, required_if, required_by',
      },
    },
  },
  plan: (params, _observed, context) => {
    const { argument_spec: options, provided_arguments: provided = {}, rules = {} } = params
    const known = Object.keys(options).map((name) => [
      name,
      context.evaluate(`vars[${JSON.stringify(name)}]`),
    ])
    const given = known.filter(([, value]) => value !== undefined)
    const faults = checkArguments(
      { ...rules, options },
      { ...(Object.fromEntries(given) as Readonly<Record<string, unknown>>), ...provided },
    )
    const about = { validate_args_context: params.validate_args_context ?? {} }
    if (faults.length === 0) return noChange('the arguments are as specified', about)
    return {
      ...refused(`arguments are not as specified:\n${faults.join('\n')}`),
      result: { ...about, argument_errors: faults, argument_spec_data: options },
    }
  },
})
