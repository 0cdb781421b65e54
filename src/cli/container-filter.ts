/** `ps --filter`: conditions of one key are alternatives, those of several keys must all hold. Pure. */
import { PodsteadError } from '../api/errors.ts';
import { type ContainerRow, containerName } from './container-row.ts';

const TESTS: Readonly<Record<string, (row: ContainerRow, value: string) => boolean>> = {
  name: (row, value) => containerName(row).includes(value),
  id: (row, value) => row.id !== '' && row.id.startsWith(value),
  status: (row, value) => row.state === value,
  exited: (row, value) => row.state === 'exited' && String(row.exitCode) === value,
  ancestor: (row, value) => isImage(row.image, value) || (value.length >= 12 && row.imageId.replace(/^sha256:/, '').startsWith(value)),
  pod: (row, value) => row.pod === value || row.podUid.startsWith(value),
  namespace: (row, value) => row.namespace === value,
  label: (row, value) => {
    const at = value.indexOf('=');
    const key = at < 0 ? value : value.slice(0, at);
    return Object.hasOwn(row.labels, key) && (at < 0 || row.labels[key] === value.slice(at + 1));
  },
};

/** `web`, `localhost/web` and `localhost/web:latest` mean the same image. */
const isImage = (image: string, value: string): boolean => {
  const short = (text: string) => text.replace(/^(localhost|docker\.io(\/library)?)\//, '').replace(/:latest$/, '');
  return image === value || short(image) === short(value) || short(image).replace(/:[^/]*$/, '') === short(value);
};

/** Throws USAGE. */
export function containerFilter(texts: readonly string[]): (row: ContainerRow) => boolean {
  const conditions = texts.map((text) => {
    const [, key = '', value = ''] = /^([a-z]+)=(.*)$/s.exec(text) ?? [];
    const test = TESTS[key];
    if (!test) {
      throw new PodsteadError('USAGE', `--filter: ${JSON.stringify(text)} is not understood`, {
        remedy: `KEY=VALUE, KEY one of ${Object.keys(TESTS).join(', ')}`,
      });
    }
    return { key, holds: (row: ContainerRow) => test(row, value) };
  });
  const groups = [...Map.groupBy(conditions, (c) => c.key).values()];
  return (row) => groups.every((group) => group.some((c) => c.holds(row)));
}
