/** What is played: pods of one or ten containers that only sleep. */
export const IMAGE = 'localhost/podstead-bench:1';
export const MANY = 50;

const container = (name: string): string => `    - {name: ${name}, image: "${IMAGE}", command: [sleep, "1000000"]}\n`;

/** No grace: what is measured is the work, not the waiting. */
const pod = (name: string, containers = 1): string =>
  `---\napiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, labels: {app: bench}}\nspec:\n  terminationGracePeriodSeconds: 0\n  containers:\n` +
  Array.from({ length: containers }, (_, i) => container(containers === 1 ? 'main' : `c${i}`)).join('');

/** By the name of the file. `base`: the other pod that runs when something is called warm. */
export const manifests = {
  base: pod('base'),
  one: pod('one'),
  ten: pod('ten', 10),
  many: Array.from({ length: MANY }, (_, i) => pod(`many-${i}`)).join(''),
} as const;

export type Manifest = keyof typeof manifests;
