/** Which handler answers a path: patterns like `POST /podstead/v1/pods/:namespace/:name/exec`. */
import { badRequest, methodNotAllowed } from '../../api/status.ts';
import type { Handler } from './call.ts';

/** By method and pattern; a segment with a colon fits any one segment. */
export type Routes = Readonly<Record<string, Handler>>;

interface Route {
  method: string;
  segments: readonly string[];
  handler: Handler;
}

const split = (path: string): string[] => path.split('/').filter((segment) => segment !== '');

/** Throws BadRequest (400). */
export const decodeSegments = (path: string): string[] => {
  try {
    return split(path).map(decodeURIComponent);
  } catch {
    throw badRequest(`the path ${path} is not well encoded`);
  }
};

const match = (pattern: readonly string[], segments: readonly string[]): Record<string, string> | undefined => {
  if (pattern.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (const [i, part] of pattern.entries()) {
    const segment = segments[i] ?? '';
    if (part.startsWith(':')) params[part.slice(1)] = segment;
    else if (part !== segment) return undefined;
  }
  return params;
};

export class Router {
  readonly #routes: Route[];

  constructor(routes: Routes) {
    this.#routes = Object.entries(routes).map(([key, handler]) => {
      const [method = '', pattern = ''] = key.split(' ');
      return { method, segments: split(pattern), handler };
    });
  }

  /** undefined: no such path here. Throws MethodNotAllowed (405) for a path that is there with other methods only. */
  find(method: string, segments: readonly string[]): { handler: Handler; params: Record<string, string> } | undefined {
    let known = false;
    for (const route of this.#routes) {
      const params = match(route.segments, segments);
      if (params === undefined) continue;
      if (route.method === method) return { handler: route.handler, params };
      known = true;
    }
    if (known) throw methodNotAllowed();
    return undefined;
  }
}
