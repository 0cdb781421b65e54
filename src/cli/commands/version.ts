/** `podstead version` */
import type { Command } from '../command.ts';
import { printValue } from '../print.ts';

declare const PODSTEAD_VERSION: string | undefined;
/** From package.json, put in by the build. */
export const VERSION = typeof PODSTEAD_VERSION === 'undefined' ? '0.0.0-source' : PODSTEAD_VERSION;
/** The Kubernetes whose rules these are. */
export const KUBERNETES = 'v1.36';

export const version: Command = {
  name: 'version',
  operands: '',
  options: [{ flags: '-o, --output <format>', help: 'json or yaml' }],
  examples: [['as JSON', 'podstead version -o json']],
  async run({ out }, { options }) {
    const format = options.choice('output', ['json', 'yaml']);
    const value = { version: VERSION, kubernetes: KUBERNETES, node: process.version };
    if (format) await printValue(out, value, format);
    else out.line(`podstead ${VERSION} (Kubernetes ${KUBERNETES}, Node ${process.version})`);
    return 0;
  },
};
