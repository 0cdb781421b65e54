/** The program. */
import('./run.ts')
  .then(({ main }) => main(process.argv.slice(2)))
  .catch((error: unknown) => {
    process.stderr.write(`podstead: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  });
