/** Defaults of limits and requests. */
import { recordAt } from '../fields.ts';
import type { JsonObject } from '../json.ts';
import { quantityTextMilli } from '../quantity-text.ts';

/** Amounts are kept to a thousandth, rounded up. */
export const roundAmounts = (amounts: JsonObject | undefined): void => {
  for (const [name, amount] of Object.entries(amounts ?? {})) if (amounts) amounts[name] = quantityTextMilli(amount) ?? amount;
};

export const roundResources = (resources: JsonObject): void => {
  roundAmounts(recordAt(resources, 'limits'));
  roundAmounts(recordAt(resources, 'requests'));
};

/** What is limited is requested in the same amount, unless it says otherwise. */
export const requestLimits = (resources: JsonObject, names: (name: string) => boolean = () => true): void => {
  const limits = Object.entries(recordAt(resources, 'limits') ?? {}).filter(([name]) => names(name));
  if (limits.length === 0) return;
  resources['requests'] = { ...Object.fromEntries(limits), ...recordAt(resources, 'requests') };
};
