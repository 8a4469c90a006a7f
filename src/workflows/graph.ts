import { ConfigError } from '../kernel/errors.ts'
import { countOf } from '../kernel/problems.ts'
import { formatGraph, type GraphFormat } from '../services/format-graph.ts'
import { graphProblems, stepsOf } from '../services/graph.ts'
import { loadSite, type DeploymentRequest } from './load-deployment.ts'

/** The dependency graph as text; throws ConfigError when it has a cycle or a requirement that nobody provides. */
export async function graph(
  request: Omit<DeploymentRequest, 'passwordsFile'>,
  format: GraphFormat,
): Promise<string> {
  const { parsed } = await loadSite(request)
  const steps = stepsOf(parsed.roles.flatMap((role) => role.services))
  const problems = graphProblems(steps)
  if (problems.length > 0)
    throw new ConfigError(`the graph has ${countOf(problems.length, 'problem')}:`, problems)
  return formatGraph(steps, format)
}
