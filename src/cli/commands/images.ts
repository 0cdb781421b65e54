/** `podstead images` */
import { PodsteadError } from '../../api/errors.ts';
import type { Image } from '../../images/image-store.ts';
import type { Command } from '../command.ts';
import { spokenDuration } from '../duration.ts';
import { compileTemplate, templateFields } from '../go-template.ts';
import { PODMAN, renderTable } from '../table.ts';

export const images: Command = {
  name: 'images',
  operands: '[name]',
  options: [
    { flags: '-q, --quiet', help: 'only ids' },
    { flags: '--format <format>', help: "json, or a template: '{{.Repository}}:{{.Tag}}'" },
    { flags: '--no-trunc', help: 'whole ids' },
    { flags: '-a, --all', help: 'also the steps of builds' },
    { flags: '--noheading', help: 'rows only' },
    { flags: '-o, --output <format>', help: 'json: the same as --format json' },
  ],
  examples: [
    ['all', 'podstead images'],
    ['those of a name', 'podstead images localhost/hello'],
  ],
  async run(context, { operands, options }) {
    const store = await context.world.images();
    const rows = imageRows(options.flag('all') ? store.list() : withoutSteps(store.list())).filter(
      (row) => operands[0] === undefined || isNamed(row, operands[0]),
    );
    const whole = options.flag('no-trunc');
    const format = options.choice('output', ['json']) ?? options.text('format');
    const now = context.now();
    if (options.flag('quiet')) {
      if (format !== undefined) throw new PodsteadError('USAGE', 'either --quiet or --format, not both');
      for (const id of new Set(rows.map((row) => row.image.id))) context.out.line(whole ? `sha256:${id}` : id.slice(0, 12));
    } else if (format === 'json') {
      context.out.data(`${JSON.stringify(rows.map(jsonOf), undefined, 2)}\n`);
    } else if (format !== undefined && !format.startsWith('table')) {
      const template = compileTemplate(format);
      for (const row of rows) context.out.line(template(fieldsOf(row, now, whole)));
    } else {
      const columns = format === undefined ? ['Repository', 'Tag', 'ID', 'Created', 'Size'] : templateFields(format);
      const head = columns.map((name) => (name === 'ID' ? 'IMAGE ID' : name.toUpperCase()));
      const cells = rows.map((row) => columns.map((name) => compileTemplate(`{{.${name}}}`)(fieldsOf(row, now, whole))));
      for (const line of renderTable({ head, rows: cells }, { ...PODMAN, headers: !options.flag('noheading') })) context.out.line(line);
    }
    return 0;
  },
};

/** Images without a name that others were built on are not shown. Pure. */
export function withoutSteps(all: readonly Image[]): Image[] {
  const isLater = (image: Image, other: Image) =>
    other.layers.length > image.layers.length || other.names.length > 0 || Date.parse(other.created) > Date.parse(image.created);
  const isStep = (image: Image) =>
    all.some((other) => other !== image && image.layers.every((layer) => other.layers.includes(layer)) && isLater(image, other));
  return all.filter((image) => image.names.length > 0 || !isStep(image));
}

interface ImageRow {
  image: Image;
  repository: string;
  tag: string;
}

/** A row for each name, newest image first; one without a name has `<none>`. Pure. */
export function imageRows(all: readonly Image[]): ImageRow[] {
  const rows = all.flatMap((image): ImageRow[] => {
    const named = image.names.map((name) => ({ image, ...splitName(name) }));
    return named.length > 0 ? named : [{ image, repository: '<none>', tag: '<none>' }];
  });
  return rows.toSorted(
    (a, b) => (Date.parse(b.image.created) || 0) - (Date.parse(a.image.created) || 0) || (a.repository < b.repository ? -1 : 1),
  );
}

function splitName(name: string): { repository: string; tag: string } {
  const at = name.indexOf('@');
  if (at >= 0) return { repository: name.slice(0, at), tag: '<none>' };
  const colon = name.lastIndexOf(':');
  return colon > name.lastIndexOf('/')
    ? { repository: name.slice(0, colon), tag: name.slice(colon + 1) }
    : { repository: name, tag: '<none>' };
}

const isNamed = ({ repository, tag, image }: ImageRow, word: string): boolean => {
  const names = [repository, `${repository}:${tag}`];
  return names.some((name) => name === word || name.endsWith(`/${word}`)) || (word.length >= 3 && image.id.startsWith(word));
};

const fieldsOf = ({ image, repository, tag }: ImageRow, now: Date, whole: boolean) => ({
  Repository: repository,
  Tag: tag,
  ID: whole ? image.id : image.id.slice(0, 12),
  Digest: image.digest,
  Created: image.created === '' ? '' : `${spokenDuration(now.getTime() - Date.parse(image.created))} ago`,
  CreatedAt: image.created,
  Size: sizeText(image.size),
});

const jsonOf = ({ image, repository, tag }: ImageRow) => ({
  Id: image.id,
  RepoTags: image.names,
  Repository: repository,
  Tag: tag,
  Digest: image.digest,
  Created: Math.floor((Date.parse(image.created) || 0) / 1000),
  CreatedAt: image.created,
  Size: image.size,
  Labels: image.config.labels,
});

/** As docker and podman: thousands, three significant digits. */
export function sizeText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${Number(value.toPrecision(3))} ${units[unit]}`;
}
