/** Is a container that ended started again? Pure. */
import type { Container, Pod } from '../api/objects.ts';
import { podPolicy } from './pod.ts';
import type { ContainerRecord } from './record.ts';

type RestartRule = NonNullable<Container['restartPolicyRules']>[number];

function ruleMatches(rule: RestartRule, exitCode: number): boolean {
  const codes = rule.exitCodes;
  if (rule.action !== 'Restart' || codes === undefined) return false;
  const listed = (codes.values ?? []).includes(exitCode);
  return codes.operator === 'NotIn' ? !listed : listed;
}

/** The policy of one container: its own, else the pod's. */
export const containerPolicy = (pod: Pod, container: Container): string => container.restartPolicy ?? podPolicy(pod);

/** By exit code alone: an init container that is done is the caller's affair. */
export function policyRestarts(pod: Pod, container: Container, exitCode: number): boolean {
  if (container.restartPolicyRules?.some((rule) => ruleMatches(rule, exitCode))) return true;
  const policy = containerPolicy(pod, container);
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}

/** For an app container or sidecar whose newest instance has ended. What was killed in order to be replaced is, whatever its code. */
export const shouldRestart = (pod: Pod, container: Container, ended: ContainerRecord): boolean =>
  ended.kill?.restart === true || policyRestarts(pod, container, ended.exitCode ?? 137);
