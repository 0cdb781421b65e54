/** What the containers of a pod request together. */
import { recordAt, recordsAt, wordsAt } from './fields.ts';
import type { JsonObject } from './json.ts';
import { addQuantities, compareQuantity, tryQuantity } from './quantity.ts';

type Amounts = Record<string, string>;

const requestsOf = (container: JsonObject): Amounts => {
  const all = Object.entries(wordsAt(recordAt(container, 'resources'), 'requests'));
  return Object.fromEntries(all.filter(([, amount]) => tryQuantity(amount) !== undefined));
};

const add = (into: Amounts, amounts: Amounts): void => {
  for (const [name, amount] of Object.entries(amounts)) {
    const before = into[name];
    into[name] = before === undefined ? amount : addQuantities([before, amount]);
  }
};

const raise = (into: Amounts, amounts: Amounts): void => {
  for (const [name, amount] of Object.entries(amounts)) {
    const before = into[name];
    if (before === undefined || compareQuantity(amount, before) > 0) into[name] = amount;
  }
};

/** Sum of the containers and sidecars; at least what any init container needs while it runs. */
export const podRequests = (spec: JsonObject): Amounts => {
  const total: Amounts = {};
  for (const container of recordsAt(spec, 'containers')) add(total, requestsOf(container));
  const sidecars: Amounts = {};
  const starting: Amounts = {};
  for (const container of recordsAt(spec, 'initContainers')) {
    const needed = { ...requestsOf(container) };
    if (container['restartPolicy'] === 'Always') {
      add(total, needed);
      add(sidecars, needed);
      raise(starting, sidecars);
    } else {
      add(needed, sidecars);
      raise(starting, needed);
    }
  }
  raise(total, starting);
  return total;
};
