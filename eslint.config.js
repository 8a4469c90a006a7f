import tseslint from 'typescript-eslint'

/** What style.md calls enforceable; the rest is in test/architecture.test.ts. No rules of our own here. */
export default tseslint.config(
  { ignores: ['node_modules/', 'dist/', 'build/', '.kmesos/', '**/*.mjs', '**/*.cjs', 'eslint.config.js'] },
  ...tseslint.configs.recommendedTypeChecked,
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // Async functions that fulfil an asynchronous port without awaiting anything are fine (fakes, constant answers).
      '@typescript-eslint/require-await': 'off',
      // Errors of unknown origin are handed on as they came.
      '@typescript-eslint/only-throw-error': ['error', { allowThrowingUnknown: true }],
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
      // Values at the borders are narrowed by hand before they are printed; the rule cannot follow that.
      '@typescript-eslint/no-base-to-string': 'off',
      'max-lines-per-function': ['error', { max: 40, skipComments: true, skipBlankLines: true }],
      'max-lines': ['error', { max: 220, skipComments: true, skipBlankLines: true }],
      'max-params': ['error', 4],
      eqeqeq: 'error',
      'no-console': 'error',
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'named exports only' },
        { selector: 'TSEnumDeclaration', message: 'use a union of strings' },
        {
          selector: "CallExpression[callee.property.name='exec'] > TemplateLiteral.arguments:first-child",
          message: 'a command is an argv array (kernel/shell.ts)',
        },
      ],
    },
  },
  // The declaration of a CommonJS package has the shape of that package.
  { files: ['**/*.d.ts'], rules: { 'no-restricted-syntax': 'off' } },
  {
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/unbound-method': 'off',
      'max-lines-per-function': 'off',
      'max-lines': ['error', { max: 400, skipComments: true, skipBlankLines: true }],
      'no-console': 'off',
      '@typescript-eslint/restrict-template-expressions': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
    },
  },
)
