// Runs examples/duckdb.sql in the folder of a run and holds its flip rates, escapes and shares against what `apex` says of the run.
//
//     node check.mjs APEX RUN
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';

const [apex, run] = process.argv.slice(2);
const said = (...args) => JSON.parse(execFileSync(apex, [...args, run, '--json'], { maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'] }));
const near = (what, a, b) => {
  if (!(Math.abs(a - b) < 1e-9))
    throw new Error(`${what}: ${a} in DuckDB, ${b} from apex`);
};

const sql = readFileSync(new URL('../../examples/duckdb.sql', import.meta.url), 'utf8');
const here = process.cwd();
process.chdir(run);
const connection = await (await DuckDBInstance.create()).connect();
const answers = [];
for (const statement of sql.split(/;\s*$/m).filter(s => s.replace(/--.*/g, '').trim()))
  answers.push((await connection.runAndReadAll(statement)).getRowObjectsJson());
const [flips, escapes, shares] = answers;

process.chdir(here);
const summary = said('show');
if (flips.length !== summary.sigmas.length)
  throw new Error(`${flips.length} levels in DuckDB, ${summary.sigmas.length} from apex`);
flips.forEach((row, s) => near(`flip rate at sigma ${row.sigma}`, row.flip_rate, summary.flipRate[s]));
if (escapes.length !== 10 || escapes.some((row, i) => i > 0 && row.escapes_at < escapes[i - 1].escapes_at))
  throw new Error('escapes are not the ten lowest in order');
shares.forEach(row => near(`share of ${row.name}`, row.share, summary.classShares.at(-1)[summary.classes.indexOf(row.name)]));
console.log(`duckdb.sql: ${flips.length} levels, ${escapes.length} escapes, ${shares.length} classes as apex has them`);
