import { casesOfHalf } from '../support/differential/case.ts'
import { playbookSuite } from '../support/differential/playbook-suite.ts'

/** The second half of the cases; those of CASES=word,word are all run by ansible-playbooks.test.ts. */
const test = playbookSuite('ansible playbooks, the rest', casesOfHalf(1))

test.run()
