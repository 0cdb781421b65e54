/** What is measured, in the order of a round. */
import { MANY } from './manifests.ts';
import type { Side } from './side.ts';

export interface Measure {
  name: string;
  /** In words, for the table. */
  title: string;
  unit: 'ms' | 'MB';
}

export const measures: readonly Measure[] = [
  { name: 'cold', title: 'play 1 pod, nothing else runs', unit: 'ms' },
  { name: 'warm', title: 'play 1 pod, another one runs', unit: 'ms' },
  { name: 'asleep', title: 'play 1 pod, another one runs, engine asleep', unit: 'ms' },
  { name: 'down1', title: 'down of 1 pod', unit: 'ms' },
  { name: 'ten', title: 'play 1 pod of 10 containers', unit: 'ms' },
  { name: 'many', title: `play ${MANY} pods`, unit: 'ms' },
  { name: 'ps', title: `ps, ${MANY} pods`, unit: 'ms' },
  { name: 'exec', title: 'exec POD true', unit: 'ms' },
  { name: 'down', title: `down of ${MANY} pods, no grace`, unit: 'ms' },
  { name: 'memory', title: 'memory beside the containers, for each pod', unit: 'MB' },
  { name: 'shared', title: 'memory beside the containers, for all together', unit: 'MB' },
];

export type Record = (measure: string, value: number) => void;

/** A part of a round; one side after the other does it, so that what else the machine does falls on all of them. */
export interface Part {
  readonly measures: readonly string[];
  /** Others need what it leaves. */
  readonly always?: true;
  run(side: Side, record: Record): Promise<void>;
}

const MB = 1_000_000;

export const parts: readonly Part[] = [
  {
    measures: ['cold'],
    always: true,
    async run(side, record) {
      await side.gone();
      record('cold', await side.play('one'));
      await side.play('base');
      await side.down('one');
    },
  },
  {
    measures: ['warm', 'down1'],
    async run(side, record) {
      record('warm', await side.play('one'));
      record('down1', await side.down('one'));
    },
  },
  {
    measures: ['asleep'],
    async run(side, record) {
      await side.settle();
      record('asleep', await side.play('one'));
      await side.down('one');
    },
  },
  {
    measures: ['ten'],
    async run(side, record) {
      record('ten', await side.play('ten'));
      await side.down('ten');
    },
  },
  {
    measures: ['many', 'ps', 'exec', 'down'],
    async run(side, record) {
      record('many', await side.play('many'));
      record('ps', await side.ps());
      record('exec', await side.exec());
      record('down', await side.down('many'));
    },
  },
  {
    measures: ['memory', 'shared'],
    async run(side, record) {
      if (!side.memory) return;
      await side.settle();
      const before = await side.memory();
      await side.play('many');
      await side.settle();
      const after = await side.memory();
      await side.down('many');
      const each = (after - before) / MANY;
      record('memory', each / MB);
      record('shared', (before - each) / MB);
    },
  },
  {
    measures: [],
    always: true,
    async run(side) {
      await side.down('base');
    },
  },
];

/** `only`: one measure and what it needs. */
export const partsFor = (only: string | undefined): Part[] =>
  parts.filter((part) => only === undefined || part.always || part.measures.includes(only));
