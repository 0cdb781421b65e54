/**
 * Places where a test lets the process die or fail: PODSTEAD_FAULT=`NAME[:N]:kill|throw|enospc`, N counting from 1, several separated
 * by commas. Unset, as always outside of tests, it costs one comparison.
 */
type Kind = 'kill' | 'throw' | 'enospc';
interface Plan {
  name: string;
  at: number;
  kind: Kind;
  seen: number;
}

/** Throws on what it does not understand: a test that injects nothing must not pass. */
export const parseFaults = (text: string): Plan[] =>
  text.split(',').map((part) => {
    const [, name, at = '1', kind] = /^(.+?)(?::(\d+))?:(kill|throw|enospc)$/.exec(part) ?? [];
    if (name === undefined || kind === undefined) throw new Error(`PODSTEAD_FAULT=${text}: not NAME[:N]:kill|throw|enospc`);
    return { name, at: Number(at), kind: kind as Kind, seen: 0 };
  });

const configured = process.env['PODSTEAD_FAULT'];
const plans: Plan[] = configured ? parseFaults(configured) : [];

const noSpace = (name: string) =>
  Object.assign(new Error(`ENOSPC: no space left on device, ${name}`), { code: 'ENOSPC', errno: -28, syscall: 'write' });

/** Passes by unless a test has asked for the N-th passage of this name. */
export const faultPoint = (name: string): void => {
  if (plans.length === 0) return;
  // every plan counts this passage, whichever of them acts
  const due = plans.filter((plan) => plan.name === name && ++plan.seen === plan.at)[0];
  if (!due) return;
  if (due.kind === 'kill') process.kill(process.pid, 'SIGKILL');
  throw due.kind === 'enospc' ? noSpace(name) : new Error(`fault injected at ${name}`);
};
