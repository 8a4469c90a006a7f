import { casesOfHalf } from '../support/differential/case.ts'
import { runPlaybookSuite } from '../support/differential/playbook-suite.ts'

/** The second half of the cases; CASES=word,word are all run by ansible-playbooks.test.ts. */
const cases = casesOfHalf(1)
if (cases.length > 0) runPlaybookSuite('ansible playbooks, the rest', cases)
else console.log('SKIPPED: the cases of CASES are run by ansible-playbooks.test.ts\nSkipped: 1')
