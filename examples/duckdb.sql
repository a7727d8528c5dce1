-- Three questions to a run, for DuckDB. In the run's folder:
--
--     duckdb < ../examples/duckdb.sql
--
-- docs/format.md describes every column. Lists count from 1 here, classes from 0.

-- How often does the prediction flip, by noise level?
select o.sigma, avg(1 - o.counts[s.clean_prediction + 1] / list_sum(o.counts)) as flip_rate, count(*) as n
from 'observations/*.parquet' o join 'samples/*.parquet' s using (sample_id)
where s.clean_prediction is not null
group by o.sigma order by o.sigma;

-- Which samples let go of their prediction first? Those of the smallest level at which half of the draws have flipped.
select s.sample_id, s.label, s.clean_prediction, s.clean_margin, min(o.sigma) as escapes_at
from 'observations/*.parquet' o join 'samples/*.parquet' s using (sample_id)
where o.counts[s.clean_prediction + 1] <= list_sum(o.counts) / 2
group by all order by escapes_at, s.clean_margin limit 10;

-- What does the model say when noise drowns the sample?
with class as (select unnest(model.classes) as name, generate_subscripts(model.classes, 1) as y from 'run.json'),
     loudest as (select max(sigma_index) as s from 'observations/*.parquet')
select class.name, sum(o.counts[class.y]) / sum(list_sum(o.counts)) as share
from 'observations/*.parquet' o, loudest, class
where o.sigma_index = loudest.s
group by class.name order by share desc;
