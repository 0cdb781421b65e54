/** kubectl's jsonpath: templates with range, filters, slices, unions and recursive descent. A key that is not there gives nothing. */
import { isObject, sameJson } from './json.ts';
import { type Node, type Operand, PathParser, pathFault, type Step } from './jsonpath/parse.ts';

class Evaluation {
  readonly #template: string;
  readonly #root: unknown;
  constructor(template: string, root: unknown) {
    this.#template = template;
    this.#root = root;
  }

  text(nodes: readonly Node[], current: unknown): string {
    return nodes.map((node) => this.#node(node, current)).join('');
  }

  #node(node: Node, current: unknown): string {
    if ('text' in node) return node.text;
    if ('path' in node) return this.values(node.path, current).map(printed).join(' ');
    const items = this.values(node.range, current);
    const [only] = items;
    const elements = items.length === 1 && Array.isArray(only) ? only : items;
    return elements.map((item) => this.text(node.body, item)).join('');
  }

  values(steps: readonly Step[], current: unknown): unknown[] {
    return steps.reduce<unknown[]>((values, step) => values.flatMap((value) => this.#step(step, value)), [current]);
  }

  #step(step: Step, value: unknown): unknown[] {
    switch (step.do) {
      case 'root':
        return [this.#root];
      case 'field':
        return isObject(value) && Object.hasOwn(value, step.name) ? [value[step.name]] : [];
      case 'each':
        return children(value);
      case 'deep':
        return descendants(value);
      case 'slice':
        return this.#slice(step, value);
      case 'union':
        return step.paths.flatMap((path) => this.values(path, value));
      case 'filter':
        return Array.isArray(value) ? value.filter((item) => this.#passes(step, item)) : [];
    }
  }

  #slice({ from, to, step }: Step & { do: 'slice' }, value: unknown): unknown[] {
    if (!Array.isArray(value) || value.length === 0) return [];
    if (step <= 0) throw pathFault(this.#template, 'step must be > 0');
    const place = (index: number) => (index < 0 ? index + value.length : index);
    const [start, end] = [place(from ?? 0), place(to ?? value.length)];
    if (start < 0 || start >= value.length || end > value.length)
      throw pathFault(this.#template, `array index out of bounds: index ${from ?? to}, length ${value.length}`);
    return value.slice(start, end).filter((_, i) => i % step === 0);
  }

  #passes({ left, operator, right }: Step & { do: 'filter' }, item: unknown): boolean {
    const [a] = this.#operand(left, item);
    if (operator === 'exists' || right === undefined) return this.#operand(left, item).length > 0;
    const others = this.#operand(right, item);
    if (this.#operand(left, item).length === 0 || others.length === 0) return false;
    return compare(a, others[0], operator);
  }

  #operand(operand: Operand, item: unknown): unknown[] {
    return 'value' in operand ? [operand.value] : this.values(operand.path, item);
  }
}

const children = (value: unknown): unknown[] => {
  if (Array.isArray(value)) return value;
  return isObject(value) ? Object.values(value) : [];
};
const descendants = (value: unknown): unknown[] => [value, ...children(value).flatMap(descendants)];

const compare = (a: unknown, b: unknown, operator: string): boolean => {
  if (operator === '==') return sameJson(a, b);
  if (operator === '!=') return !sameJson(a, b);
  if (typeof a !== typeof b || (typeof a !== 'number' && typeof a !== 'string')) return false;
  const [x, y] = [a, b as typeof a];
  if (operator === '<') return x < y;
  if (operator === '<=') return x <= y;
  return operator === '>' ? x > y : x >= y;
};

const printed = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** `{.metadata.name}` → a function from an object to text. Throws USAGE for a template that cannot be read. */
export const compileJsonPath = (template: string): ((root: unknown) => string) => {
  const nodes = new PathParser(template).template();
  return (root) => new Evaluation(template, root).text(nodes, root);
};

/** `x.y`, `.x.y`, `{x.y}` and `{.x.y}` are the same: as in custom columns, --sort-by and wait --for=jsonpath. */
export const compilePath = (text: string): ((root: unknown) => unknown[]) => {
  const inner = /^\{([\s\S]*)\}$/.exec(text.trim())?.[1] ?? text.trim();
  const nodes = new PathParser(`{${inner}}`).template();
  const [node] = nodes;
  if (nodes.length !== 1 || !node || !('path' in node)) throw pathFault(text, 'a single path is needed here');
  return (root) => new Evaluation(text, root).values(node.path, root);
};
