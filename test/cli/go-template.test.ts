import assert from 'node:assert/strict';
import { compileTemplate, templateFields } from '../../src/cli/go-template.ts';

const value = { Names: ['a', 'b'], State: { Status: 'running', Pid: 7 }, Labels: { 'app.kubernetes.io/name': 'web' }, Empty: undefined };

describe('templates', () => {
  const rows: [template: string, text: string][] = [
    ['{{.State.Status}}|{{.State.Pid}}', 'running|7'],
    ['{{ .Names }}', 'a,b'],
    ['{{.names}}', 'a,b'],
    ['{{json .State}}', '{"Status":"running","Pid":7}'],
    ['{{json .}}', JSON.stringify(value)],
    ['{{index .Labels "app.kubernetes.io/name"}}', 'web'],
    ['{{index .Names 1}}', 'b'],
    ['a\\tb\\n', 'a\tb\n'],
    ['{{.State.Nothing}}', ''],
    ['{{.Empty}}', ''],
    ['no field', 'no field'],
  ];
  for (const [template, text] of rows) it(template, () => assert.equal(compileTemplate(template)(value), text));
  for (const template of ['{{.Nonsense}}', '{{range .Names}}{{end}}', '{{.A | upper}}', '{{}}', '{{.Names', '{{.Names}} {{']) {
    it(`refuses ${template}`, () => assert.throws(() => compileTemplate(template)(value), { code: 'USAGE' }));
  }
  it('names its fields', () => assert.deepEqual(templateFields('table {{.Names}} {{.State.Status}}'), ['Names', 'State.Status']));
});
