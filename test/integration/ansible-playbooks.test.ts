import { casesOfHalf } from '../support/differential/case.ts'
import { playbookSuite } from '../support/differential/playbook-suite.ts'

/**
 * An Ansible user's view: each folder of test/differential holds one playbook in both dialects. Both are run twice on fresh
 * hosts, and everything that can be seen afterwards must be the same. CASES=word,word runs only those. The other half of
 * the cases is in ansible-playbooks-rest.test.ts, so that a slow machine stays within the time that a file has.
 */
const test = playbookSuite('ansible playbooks', casesOfHalf(0))

test.run()
